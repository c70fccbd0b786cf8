package main

import (
	"errors"
	"fmt"
	"time"

	"weir.dev/weir/tests/keda/load"
)

// measureStreams measures what an open StreamIsActive each costs, with all groups idle, and how soon they are told of a
// record.
func measureStreams(b *bench, counts []int, found figures) error {
	most := counts[len(counts)-1]
	all := b.workload.Triggers(most, 0, b.workload.Plain)
	for _, count := range counts {
		if err := b.workload.Behind(0, count, 0); err != nil {
			return err
		}
		if err := b.streams(fmt.Sprint(count), all[:count], count == min(most, goalGroups), found); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) streams(run string, triggers []load.Trigger, activate bool, found figures) error {
	weir, err := startWeir()
	if err != nil {
		return err
	}
	defer weir.close()
	triggers = load.At(weir.GRPC, triggers)
	if err := weir.subscribe(triggers); err != nil {
		return err
	}
	// What /metrics takes is no memory of the streams.
	if _, err := weir.Metrics(); err != nil {
		return err
	}
	before, err := b.holdings(weir.Pid)
	if err != nil {
		return err
	}
	clients, err := openPush(triggers)
	if err != nil {
		return errors.Join(err, weir.lastWords())
	}
	defer clients.close()
	if len(triggers) >= goalGroups || activate {
		time.Sleep(settle)
		if err := b.idleCPU(run, weir, found); err != nil {
			return err
		}
	}
	if activate {
		told, err := b.activations(weir, clients, triggers, *rounds)
		if err != nil {
			return err
		}
		setLatencies(found, run, "activation", told)
	}
	held, err := b.holdings(weir.Pid)
	if err != nil {
		return err
	}
	found.setHoldings(run, "weir_streams", held)
	found.set(run, "weir_stream_kb", (held.memory-before.memory)*1024/float64(len(triggers)))
	b.say("%s groups with a stream each: %.1f MB, %.1f MB without, %.0f connections", run, held.memory, before.memory, held.connections)
	return nil
}

// idleCPU is the part of a core that weir takes while nothing happens: its refreshes, and its watch.
func (b *bench) idleCPU(run string, weir *weirSide, found figures) error {
	const watched = 3 * refreshInterval
	begin, err := b.beginWindow(weir)
	if err != nil {
		return err
	}
	time.Sleep(watched)
	done, err := b.endWindow(weir, begin)
	if err != nil {
		return err
	}
	percent := 100 * float64(done.client) / float64(watched)
	found.set(run, "weir_idle_watched_cpu_percent", percent)
	found.set(run, "weir_idle_watched_received_bytes_per_second", done.received/watched.Seconds())
	b.say("%s groups idle, with a stream each: %.2f %% of a core, %.0f bytes/s received", run, percent, done.received/watched.Seconds())
	return nil
}

func setLatencies(found figures, run, name string, told latencies) {
	found.set(run, name+"_p50_ms", percentile(told.one, 50))
	found.set(run, name+"_p99_ms", percentile(told.one, 99))
	found.set(run, name+"_max_ms", percentile(told.one, 100))
	found.set(run, name+"_all_clients_of_topic_p50_ms", percentile(told.all, 50))
	found.set(run, name+"_all_clients_of_topic_p99_ms", percentile(told.all, 99))
	found.set(run, name+"_productions", float64(len(told.one)))
	found.set(run, name+"_unheard_clients", float64(told.unheard))
}
