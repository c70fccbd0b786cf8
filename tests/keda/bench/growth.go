package main

import (
	"fmt"
	"time"

	"weir.dev/weir/tests/keda/load"
)

// rivals are KEDA's scalers in the order in which they are measured.
type rival struct {
	kind   string
	most   int // groups
	rounds int
	side   *kedaSide
}

// measureGrowth measures a refresh against a poll for each count of groups, all of which lag.
func measureGrowth(b *bench, counts []int, found figures) error {
	all := b.workload.Triggers(counts[len(counts)-1], lagPerPartition, b.workload.Plain)
	// A poll of apache-kafka takes tens of seconds where the other's takes one.
	rivals := []*rival{{kind: "kafka", most: *kafkaMost, rounds: *rounds}, {kind: "apache-kafka", most: *apacheMost, rounds: 1}}
	for _, r := range rivals {
		var err error
		if r.side, err = startKEDA(b.dir, r.kind, all); err != nil {
			return err
		}
		defer r.side.close()
	}
	for _, count := range counts {
		if err := b.fill(count); err != nil {
			return err
		}
		if err := b.compare(fmt.Sprint(count), all[:count], rivals, found); err != nil {
			return err
		}
	}
	return nil
}

// compare measures weir and its rivals in turn, so often; who is not measured is stopped meanwhile.
func (b *bench) compare(run string, triggers []load.Trigger, rivals []*rival, found figures, weirArgs ...string) error {
	var taking []*rival
	for _, r := range rivals {
		if len(triggers) <= r.most {
			taking = append(taking, r)
		} else {
			r.side.close() // and with it its connections, which the broker could not bear beside the others'
		}
	}
	for _, r := range taking {
		if err := b.hold(r, len(triggers)); err != nil {
			return err
		}
	}
	weir, err := startWeir(weirArgs...)
	if err != nil {
		return err
	}
	defer weir.close()
	triggers = load.At(weir.GRPC, triggers)
	if err := weir.subscribe(triggers); err != nil {
		return err
	}
	before, err := b.holdings(weir.Pid)
	if err != nil {
		return err
	}
	found.set(run, "weir_refresh_resident_before_scrapes_mb", before.memory)
	if err := b.takeTurns(run, weir, triggers, taking, found); err != nil {
		return err
	}
	calls, err := load.GetMetrics(weir.GRPC, triggers, inFlight, loadSeconds)
	if err != nil {
		return err
	}
	found.set(run, "getmetrics_p50_ms", calls.P50)
	found.set(run, "getmetrics_p99_ms", calls.P99)
	found.set(run, "getmetrics_calls_per_second", calls.PerSecond)
	held, err := b.holdings(weir.Pid)
	found.setHoldings(run, "weir_refresh", held)
	return err
}

const (
	inFlight    = 32
	loadSeconds = 5
)

func (b *bench) hold(r *rival, count int) error {
	resume(r.side.pid())
	said, err := r.side.obey(order{Hold: count})
	if err != nil {
		return err
	}
	b.say("KEDA's %s scaler made for %d groups in %.0f ms", r.kind, count, said.Milliseconds)
	if said.Errors > 0 {
		return fmt.Errorf("%d of KEDA's %s scalers could not be made, the first: %s", said.Errors, r.kind, said.FirstError)
	}
	_, err = r.side.obey(order{Poll: true}) // connections that are made at the first poll
	pause(r.side.pid())
	return err
}

func (b *bench) takeTurns(run string, weir *weirSide, triggers []load.Trigger, rivals []*rival, found figures) error {
	weirs, others := []cost{}, make([][]cost, len(rivals))
	for round := range *rounds {
		pause(weir.Pid)
		idle, err := b.idle()
		if err != nil {
			return err
		}
		for i, r := range rivals {
			if round >= r.rounds {
				continue
			}
			resume(r.side.pid())
			polled, err := r.side.poll(b, idle)
			if err != nil {
				return err
			}
			pause(r.side.pid())
			others[i] = append(others[i], polled)
		}
		resume(weir.Pid)
		time.Sleep(time.Second) // what was due meanwhile is refreshed at once
		refreshed, err := b.refresh(weir, len(triggers), idle)
		if err != nil {
			return err
		}
		weirs = append(weirs, refreshed)
		b.say("%s groups: refresh %.1f ms, client %.1f ms, broker %.1f ms (its idle share %.3f)", run, refreshed.wall, refreshed.client,
			refreshed.broker, idle)
	}
	found.setCost(run, "weir_refresh", medianCost(weirs))
	for i, r := range rivals {
		held, err := b.holdings(r.side.pid())
		if err != nil {
			return err
		}
		// By its source: Metadata, OffsetFetch, ListOffsets; apache-kafka asks for first and last of each partition.
		requests := map[string]float64{"kafka": 3, "apache-kafka": 3 + 2*partitions}[r.kind]
		sum := medianCost(others[i])
		sum.requests = requests * float64(len(triggers))
		found.setCost(run, r.kind+"_poll", sum)
		found.setHoldings(run, r.kind+"_poll", held)
		b.say("%s groups: KEDA's %s: %.0f ms, client %.0f ms, broker %.0f ms, %.0f MB", run, r.kind, sum.wall, sum.client, sum.broker,
			held.memory)
	}
	return nil
}
