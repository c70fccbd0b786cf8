package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"weir.dev/weir/tests/keda/load"
)

const (
	streamAge      = 20 * time.Second
	restartWatched = 10 * time.Second
	// At KEDA's defaults a ScaledObject is polled each 30 s by the scale loop, and each 15 s for the HPA.
	pollEvery = 10 * time.Second
	// What KEDA puts before the name of a ScaledObject's first metric.
	firstTrigger = "s0-"
)

// measureRestart replaces weir under open streams as a rolling update does: the new one is ready before the old one gets
// SIGTERM. KEDA's clients poll at its default schedule meanwhile.
func measureRestart(b *bench, counts []int, found figures) error {
	count := min(counts[len(counts)-1], goalGroups)
	triggers := b.workload.Triggers(count, 0, b.workload.Plain)
	if err := b.workload.Behind(0, count, 0); err != nil {
		return err
	}
	age := []string{"--max-stream-age", streamAge.String()}
	old, err := startWeir(age...)
	if err != nil {
		return err
	}
	defer old.close()
	service, err := newService(old.GRPC)
	if err != nil {
		return err
	}
	defer service.close()
	triggers = load.At(service.address(), triggers)
	clients, err := openPush(triggers)
	if err != nil {
		return err
	}
	defer clients.close()
	before, err := b.activations(old, clients, triggers, 1)
	if err != nil {
		return err
	}
	setLatencies(found, "restart", "before_activation", before)

	fresh, err := startWeir(age...)
	if err != nil {
		return err
	}
	defer fresh.close()
	if err := b.replace(old, fresh, service, clients, triggers, found); err != nil {
		return err
	}
	time.Sleep(3 * streamAge)
	after, err := b.activations(fresh, clients, triggers, 1)
	if err != nil {
		return err
	}
	setLatencies(found, "restart", "after_activation", after)
	return nil
}

func (b *bench) replace(old, fresh *weirSide, service *service, clients *pushClients, triggers []load.Trigger, found figures) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	calls := newCalls(ctx, clients, triggers)
	time.Sleep(2 * time.Second)
	if code, _, err := fresh.Get("/readyz"); err != nil || code != http.StatusOK {
		return errors.Join(fmt.Errorf("the new weir is not ready: %d", code), err)
	}
	service.switchTo(fresh.GRPC)
	began := time.Now()
	stopped := make(chan string, 1)
	go func() {
		code, took, err := old.Stop()
		stopped <- fmt.Sprintf("the old weir ended with %d after %v (%v)", code, took.Round(time.Millisecond), err)
	}()
	streams, err := awaitStreams(fresh, len(triggers), began)
	if err != nil {
		return err
	}
	b.say("%s; all streams are open again after %.2f s", <-stopped, streams.Seconds())
	time.Sleep(time.Until(began.Add(restartWatched)))
	cancel()
	total, failed, last := calls.since(began)
	found.set("restart", "calls", float64(total))
	found.set("restart", "failed_calls", float64(failed))
	found.set("restart", "failed_calls_percent", 100*float64(failed)/float64(max(total, 1)))
	found.set("restart", "last_failure_after_s", last.Seconds())
	found.set("restart", "all_streams_open_after_s", streams.Seconds())
	b.say("%d of %d calls failed, the last %.2f s after SIGTERM: %v", failed, total, last.Seconds(), calls.first)
	return nil
}

func awaitStreams(weir *weirSide, count int, began time.Time) (time.Duration, error) {
	for time.Since(began) < time.Minute {
		metrics, err := weir.Metrics()
		if err != nil {
			return 0, err
		}
		// Some are always being opened again, as they reached their age.
		if metrics.Sum("weir_rpc_streams", `"StreamIsActive"`) >= float64(count)*0.99 {
			return time.Since(began), nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return 0, errors.New("the streams are not open again after a minute")
}

// calls are polls by KEDA's clients at its default schedule.
type calls struct {
	mu       sync.Mutex
	made     []time.Time
	failures []time.Time
	first    error
}

func newCalls(ctx context.Context, clients *pushClients, triggers []load.Trigger) *calls {
	c := &calls{}
	for i, client := range clients.clients {
		go func() {
			phase := time.NewTimer(pollEvery * time.Duration(i) / time.Duration(len(clients.clients)))
			defer phase.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-phase.C:
				}
				phase.Reset(pollEvery)
				begin := time.Now()
				_, _, err := client.GetMetricsAndActivity(ctx, firstTrigger+triggers[i].MetricName)
				if ctx.Err() == nil {
					c.add(begin, err)
				}
			}
		}()
	}
	return c
}

func (c *calls) add(begin time.Time, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made = append(c.made, begin)
	if err != nil {
		c.failures = append(c.failures, begin)
		if c.first == nil {
			c.first = err
		}
	}
}

// since counts the polls begun since then and those that failed, and tells how much later the last failing one began.
func (c *calls) since(began time.Time) (total, failed int, last time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, at := range c.made {
		if !at.Before(began) {
			total++
		}
	}
	for _, at := range c.failures {
		if !at.Before(began) {
			failed++
			last = max(last, at.Sub(began))
		}
	}
	return total, failed, last
}
