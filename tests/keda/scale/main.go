// Command scale measures weir under the triggers of a large cluster, on one broker: what it holds (connections, memory)
// and how fast it answers. It exits with 1 when a goal is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"weir.dev/weir/tests/keda/support"
)

var (
	triggers   = flag.Int("triggers", 1000, "triggers, each with a group of its own")
	topics     = flag.Int("topics", 50, "topics that the groups read")
	partitions = flag.Int("partitions", 10, "partitions of each topic")
	inFlight   = flag.Int("in-flight", 32, "GetMetrics calls in flight")
	duration   = flag.Duration("duration", 10*time.Second, "how long GetMetrics is called")
)

func main() {
	flag.Parse()
	met, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(2)
	}
	if !met {
		os.Exit(1)
	}
}

func run() (bool, error) {
	dir, err := os.MkdirTemp("", "weir-scale-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	broker, err := support.StartBroker(dir, "--parent", fmt.Sprint(os.Getpid()))
	if err != nil {
		return false, err
	}
	defer broker.Do("stop")
	load, err := prepare(broker)
	if err != nil {
		return false, err
	}
	weir, err := support.StartWeir()
	if err != nil {
		return false, err
	}
	defer weir.Kill()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	return measure(ctx, load, weir)
}

func measure(ctx context.Context, load *load, weir *support.Weir) (bool, error) {
	table := &table{}
	if err := load.connect(weir.GRPC); err != nil {
		return false, err
	}
	defer load.close()
	if err := load.awaitSnapshots(ctx); err != nil {
		return false, err
	}
	latencies, err := load.getMetrics(ctx, *inFlight, *duration)
	if err != nil {
		return false, err
	}
	connections, err := support.ConnectionsTo(weir.Pid, load.brokerPort)
	if err != nil {
		return false, err
	}
	table.count("TCP connections to the broker, one session", connections, 3)
	if err := table.memory("resident memory", weir, 60); err != nil {
		return false, err
	}
	if err := load.openStreams(ctx); err != nil {
		return false, err
	}
	if err := table.memory("resident memory with a StreamIsActive each", weir, 90); err != nil {
		return false, err
	}
	table.note("GetMetrics calls a second", fmt.Sprintf("%.0f", float64(len(latencies))/duration.Seconds()))
	table.note("GetMetrics p50", fmt.Sprintf("%.2f ms", milliseconds(latencies, 50)))
	table.milliseconds(fmt.Sprintf("GetMetrics p99, %d in flight", *inFlight), milliseconds(latencies, 99), 5)
	fmt.Printf("\n%d triggers, %d topics x %d partitions, one broker\n\n", *triggers, *topics, *partitions)
	return table.print(), nil
}
