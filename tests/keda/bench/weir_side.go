package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

// refreshInterval is weir's default. It refreshes a tenth of the groups each tenth of it.
const refreshInterval = 5 * time.Second

// weirSide is a running weir and a client of it.
type weirSide struct {
	*support.Weir
	client *load.Client
}

func startWeir(args ...string) (*weirSide, error) {
	weir, err := support.StartWeir(args...)
	if err != nil {
		return nil, err
	}
	client, err := load.Dial(weir.GRPC)
	if err != nil {
		weir.Kill()
		return nil, err
	}
	return &weirSide{weir, client}, nil
}

// lastWords is the end of its log, for an error.
func (w *weirSide) lastWords() error {
	const most = 5
	lines := strings.Split(w.Log(), "\n")
	return fmt.Errorf("the end of weir's log:\n%s", strings.Join(lines[max(0, len(lines)-most):], "\n"))
}

func (w *weirSide) close() {
	w.client.Close()
	w.Kill()
}

// subscribe asks for every trigger until each is answered rightly, and lets one interval pass, over which the refreshes
// spread.
func (w *weirSide) subscribe(triggers []load.Trigger) error {
	if err := w.client.AwaitValues(context.Background(), triggers, time.Minute); err != nil {
		return err
	}
	time.Sleep(refreshInterval + refreshInterval/10)
	return nil
}

// window is what weir did for some time.
type window struct {
	usage
	refreshes, seconds, requests, sent, received float64
}

func (b *bench) beginWindow(w *weirSide) (window, error) {
	metrics, err := w.Metrics()
	if err != nil {
		return window{}, err
	}
	// After /metrics was written, so that the CPU which that takes is in no window.
	used, err := b.usage(w.Pid)
	return windowOf(used, metrics), err
}

func (b *bench) endWindow(w *weirSide, begin window) (window, error) {
	used, err := b.usage(w.Pid)
	if err != nil {
		return window{}, err
	}
	metrics, err := w.Metrics()
	if err != nil {
		return window{}, err
	}
	end := windowOf(used, metrics)
	return window{usage: usage{client: end.client - begin.client, broker: end.broker - begin.broker},
		refreshes: end.refreshes - begin.refreshes, seconds: end.seconds - begin.seconds, requests: end.requests - begin.requests,
		sent: end.sent - begin.sent, received: end.received - begin.received}, nil
}

func windowOf(used usage, metrics support.Metrics) window {
	return window{usage: used,
		refreshes: metrics.Sum("weir_refreshes_total", `result="ok"`),
		seconds:   metrics.Sum("weir_refresh_duration_seconds_sum"),
		requests:  metrics.Sum("weir_kafka_requests_total"),
		sent:      metrics.Sum("weir_kafka_sent_bytes_total"),
		received:  metrics.Sum("weir_kafka_received_bytes_total")}
}

// refresh measures the refreshes of two intervals, and returns what one of all groups costs.
func (b *bench) refresh(w *weirSide, groups int, idle float64) (cost, error) {
	const intervals = 2
	begin, err := b.beginWindow(w)
	if err != nil {
		return cost{}, err
	}
	time.Sleep(intervals * refreshInterval)
	done, err := b.endWindow(w, begin)
	if err != nil {
		return cost{}, err
	}
	full := done.refreshes / float64(groups)
	if full < 1 {
		return cost{}, fmt.Errorf("weir refreshed %.0f groups of %d in %v", done.refreshes, groups, intervals*refreshInterval)
	}
	took := milliseconds(intervals * refreshInterval)
	return cost{
		wall:     done.seconds * 1000 / full,
		client:   milliseconds(done.client) / full,
		broker:   (milliseconds(done.broker) - idle*took) / full,
		requests: done.requests / full,
		sent:     done.sent / full,
		received: done.received / full,
	}, nil
}
