package main

import (
	"fmt"
	"math"

	"weir.dev/weir/tests/keda/load"
)

// Polls of a ScaledObject a second at KEDA's defaults: each 30 s by the scale loop, each 15 s for the HPA.
const pollsPerSecond = 1.0/30 + 1.0/15

// goals holds the figures of goalGroups groups, and those of the other runs, against what they must be. What was not
// measured has no row.
func (f figures) goals(table *load.Table) {
	run, most := fmt.Sprint(goalGroups), fmt.Sprint(mostGroups)
	f.againstKEDA(table, run)
	atMost := func(run, name, what string, most float64, unit string) {
		if value, found := f[run][name]; found {
			table.Goal(what, value, most, unit)
		}
	}
	in := func(count, what string) string { return count + " groups: " + what }
	atMost(run, "weir_refresh_connections", in(run, "connections to the broker, polled"), 4, "")
	atMost(run, "weir_streams_connections", in(run, "connections to the broker, with streams"), 4, "")
	atMost(run, "weir_refresh_resident_mb", in(run, "resident memory, polled"), 80, "MB")
	atMost(most, "weir_refresh_resident_mb", in(most, "resident memory, polled"), 120, "MB")
	atMost(run, "weir_streams_resident_mb", in(run, "resident memory, a StreamIsActive each"), 180, "MB")
	atMost(most, "weir_streams_resident_mb", in(most, "resident memory, a StreamIsActive each"), 330, "MB")
	atMost(run, "weir_stream_kb", in(run, "memory of a stream"), 20, "KB")
	atMost(most, "weir_stream_kb", in(most, "memory of a stream"), 20, "KB")
	atMost(most, "weir_refresh_wall_ms", in(most, "full refresh, wall"), 200, "ms")
	atMost(run, "activation_p50_ms", in(run, "produce -> push client told, p50"), 10, "ms")
	atMost(run, "activation_p99_ms", in(run, "produce -> push client told, p99"), 50, "ms")
	atMost(run, "weir_idle_watched_cpu_percent", in(run, "CPU while all idle and watched"), 10, "%")
	atMost(run, "getmetrics_p99_ms", in(run, fmt.Sprintf("GetMetrics p99, %d in flight", inFlight)), 2, "ms")
	atMost("consumer", "watch_bytes_of_topic_percent", "watch bytes of a topic whose consumer keeps up", 1, "%")
	atMost("fairness", "delay_p50_ratio", "beside a namespace of thousands: delay of another's ten, p50, of alone", 2, "")
	atMost("fairness", "delay_p95_ratio", "beside a namespace of thousands: delay of another's ten, p95, of alone", 2, "")
	atMost("restart", "failed_calls_percent", "restart: calls of KEDA's clients that fail", 1, "%")
	atMost("restart", "last_failure_after_s", "restart: last failing call, after SIGTERM", 5, "s")
	atMost("restart", "all_streams_open_after_s", "restart: all streams open again, after SIGTERM", 5, "s")
	// As quick as before: within the goal, or what it was before and a little.
	before := f["restart"]["before_activation_p50_ms"]
	atMost("restart", "after_activation_p50_ms", "restart: activation p50 three stream ages later", max(10, 1.2*before), "ms")
}

// againstKEDA has Weir's share of what KEDA's kafka scaler takes.
func (f figures) againstKEDA(table *load.Table, run string) {
	if _, found := f[run]["kafka_poll_wall_ms"]; !found {
		return
	}
	for _, goal := range []struct {
		what, suffix string
		most         float64
	}{
		{"full refresh, wall", "_wall_ms", 1.0 / 10},
		{"client CPU per refresh", "_client_cpu_ms", 1.0 / 50},
		{"broker CPU per refresh", "_broker_cpu_ms", 1.0 / 10},
	} {
		share := f[run]["weir_refresh"+goal.suffix] / f[run]["kafka_poll"+goal.suffix]
		table.Goal(fmt.Sprintf("%s groups: %s, of KEDA kafka's", run, goal.what), share, goal.most, "")
		f.set(run, "weir_share"+goal.suffix[:len(goal.suffix)-len("_ms")], share)
	}
	weir, kafka := f.brokerPerSecond(run)
	f.set(run, "weir_broker_cpu_ms_per_second", weir)
	f.set(run, "kafka_broker_cpu_ms_per_second", kafka)
	table.Goal(fmt.Sprintf("%s groups: broker CPU per second, of KEDA kafka's at its defaults", run), weir/kafka, 1.0/4, "")
}

// brokerPerSecond is computed: what one refresh or poll costs the broker, by how often there is one.
func (f figures) brokerPerSecond(run string) (weir, kafka float64) {
	kafka = f[run]["kafka_poll_broker_cpu_ms"] * pollsPerSecond
	weir = f[run]["weir_refresh_broker_cpu_ms"] / refreshInterval.Seconds()
	if kafka <= 0 {
		return math.NaN(), math.NaN()
	}
	return weir, kafka
}
