package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

const (
	recordsPerPartition = 20
	lagPerPartition     = 10
)

// bench is one broker with the topics, and what is measured on it.
type bench struct {
	dir       string
	broker    *support.Broker
	brokerPid int
	workload  *load.Workload
	committed int // groups that have commits
	begun     time.Time
	leastIdle float64 // the least that idle() has found, 0 before
}

// onBroker starts a broker for one part of the measurement.
func onBroker(measure func(*bench) error, args ...string) error {
	dir, err := os.MkdirTemp("", "weir-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	broker, err := support.StartBroker(dir, append([]string{"--as-served", "--parent", fmt.Sprint(os.Getpid())}, args...)...)
	if err != nil {
		return err
	}
	defer broker.Do("stop")
	b := &bench{dir: dir, broker: broker, begun: time.Now()}
	if b.brokerPid, err = strconv.Atoi(broker.Env["BROKER_PID"]); err != nil {
		return err
	}
	if b.workload, err = load.New(broker.Plain(), topics, partitions, recordsPerPartition); err != nil {
		return err
	}
	defer b.workload.Close()
	return measure(b)
}

// say tells how far it has come.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%4.0f s  %s\n", time.Since(b.begun).Seconds(), fmt.Sprintf(format, args...))
}

// fill gives groups 0 to count-1 commits with lag.
func (b *bench) fill(count int) error {
	if count <= b.committed {
		return nil
	}
	begin := time.Now()
	if err := b.workload.Behind(b.committed, count, lagPerPartition); err != nil {
		return err
	}
	b.say("%d groups have commits, %v", count, time.Since(begin).Round(time.Millisecond))
	b.committed = count
	return nil
}

// usage is CPU time of a client and of the broker.
type usage struct{ client, broker time.Duration }

func (b *bench) usage(client int) (usage, error) {
	used, err := support.CPUTime(client)
	if err != nil {
		return usage{}, err
	}
	broker, err := support.CPUTime(b.brokerPid)
	return usage{used, broker}, err
}

// idle is the part of a core that the broker takes while nobody asks it anything: the least that was found so far, so that
// chores of its own are rather counted as costs of a client than taken from them.
func (b *bench) idle() (float64, error) {
	const watched = 3 * time.Second
	before, err := support.CPUTime(b.brokerPid)
	if err != nil {
		return 0, err
	}
	time.Sleep(watched)
	after, err := support.CPUTime(b.brokerPid)
	if now := float64(after-before) / float64(watched); b.leastIdle == 0 || now < b.leastIdle {
		b.leastIdle = now
	}
	return b.leastIdle, err
}
