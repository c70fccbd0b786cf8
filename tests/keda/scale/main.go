// Command scale measures weir under the triggers of a large cluster, on one broker: what it holds (connections, memory)
// and how fast it answers. It exits with 1 when a goal is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

var (
	triggers   = flag.Int("triggers", 1000, "triggers, each with a group of its own")
	topics     = flag.Int("topics", 50, "topics that the groups read")
	partitions = flag.Int("partitions", 10, "partitions of each topic")
	inFlight   = flag.Int("in-flight", 32, "GetMetrics calls in flight")
	seconds    = flag.Int("seconds", 10, "how long GetMetrics is called")
)

const (
	recordsPerPartition = 20
	lagPerPartition     = 10
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
	workload, err := load.New(broker.Plain(), *topics, *partitions, recordsPerPartition)
	if err != nil {
		return false, err
	}
	defer workload.Close()
	if err := workload.Behind(0, *triggers, lagPerPartition); err != nil {
		return false, err
	}
	weir, err := support.StartWeir()
	if err != nil {
		return false, err
	}
	defer weir.Kill()
	return measure(workload, weir)
}

func measure(workload *load.Workload, weir *support.Weir) (bool, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	client, err := load.Dial(weir.GRPC)
	if err != nil {
		return false, err
	}
	defer client.Close()
	all := workload.Triggers(*triggers, lagPerPartition, workload.Plain)
	if err := client.AwaitValues(ctx, all, time.Minute); err != nil {
		return false, err
	}
	calls, err := load.GetMetrics(weir.GRPC, all, *inFlight, *seconds)
	if err != nil {
		return false, err
	}
	connections, err := support.ConnectionsTo(weir.Pid, workload.BrokerPort)
	if err != nil {
		return false, err
	}
	polled, err := weir.ResidentMB()
	if err != nil {
		return false, err
	}
	if err := client.OpenStreams(ctx, all); err != nil {
		return false, err
	}
	streamed, err := weir.ResidentMB()
	if err != nil {
		return false, err
	}
	table := load.Table{}
	table.Goal("TCP connections to the broker, one session", float64(connections), 3, "")
	table.Goal("resident memory", polled, 60, "MB")
	table.Goal("resident memory with a StreamIsActive each", streamed, 90, "MB")
	table.Note("GetMetrics calls a second", calls.PerSecond, "")
	table.Note("GetMetrics p50", calls.P50, "ms")
	table.Goal(fmt.Sprintf("GetMetrics p99, %d in flight", *inFlight), calls.P99, 5, "ms")
	fmt.Printf("\n%d triggers, %d topics x %d partitions, one broker\n\n", *triggers, *topics, *partitions)
	return table.Print(), nil
}
