package keda

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"weir.dev/weir/tests/keda/support"
)

const maxPartitions = 13

// How the logs of a topic look. A recreated topic needs no shape: it is a commit beyond the end.
var shapes = []string{"full", "mixed", "trimmed", "open-tx", "aborted-tx", "empty"}

// pool is every topic of the broker that rows read, with its logs as the broker tells them once nothing writes any more.
type pool struct {
	partitions map[string]int32
	logs       map[string][]support.LogRange
	stable     map[string][]support.LogRange // up to the last stable offset
}

// The dots and underscores are there for the metric name, which replaces some characters.
func topicName(shape string, partitions int32) string {
	return fmt.Sprintf("diff.%s_%d", shape, partitions)
}

func buildPool(t *testing.T, cluster *support.Cluster, rng *rand.Rand) *pool {
	t.Helper()
	p := &pool{partitions: map[string]int32{}}
	for count := int32(1); count <= maxPartitions; count++ {
		for _, shape := range shapes {
			p.partitions[topicName(shape, count)] = count
		}
	}
	must(t, cluster.CreateTopics(p.partitions))
	fill(t, cluster, p.partitions, rng)
	var err error
	p.logs, err = cluster.Logs(p.partitions, false)
	must(t, err)
	p.stable, err = cluster.Logs(p.partitions, true)
	must(t, err)
	requireShapes(t, p)
	return p
}

func fill(t *testing.T, cluster *support.Cluster, partitions map[string]int32, rng *rand.Rand) {
	t.Helper()
	var plain, open, aborted, committed []support.Records
	trims := map[string]map[int32]int64{}
	for _, topic := range sorted(partitions) {
		for partition := range partitions[topic] {
			add := func(list *[]support.Records, count int) {
				*list = append(*list, support.Records{Topic: topic, Partition: partition, Count: count})
			}
			switch shapeOf(topic) {
			case "full":
				add(&plain, 40+rng.IntN(40))
			case "mixed":
				add(&plain, max(0, rng.IntN(60)-20))
			case "trimmed":
				count := 30 + rng.IntN(40)
				add(&plain, count)
				if trims[topic] == nil {
					trims[topic] = map[int32]int64{}
				}
				trims[topic][partition] = int64(1 + rng.IntN(count))
			case "open-tx":
				add(&plain, 20+rng.IntN(20))
				add(&open, 1+rng.IntN(10))
			case "aborted-tx":
				add(&committed, 10+rng.IntN(20))
				add(&aborted, 1+rng.IntN(10))
			}
		}
	}
	must(t, cluster.Produce(plain...))
	transact(t, cluster, "committed", support.Commit, committed)
	transact(t, cluster, "aborted", support.Abort, aborted)
	transact(t, cluster, "open", support.LeaveOpen, open)
	for topic, offsets := range trims {
		must(t, cluster.Admin.DeleteRecords(topic, offsets))
	}
}

func transact(t *testing.T, cluster *support.Cluster, id string, end support.TransactionEnd, records []support.Records) {
	t.Helper()
	closer, err := cluster.Transaction(id, end, records...)
	must(t, err)
	t.Cleanup(closer)
}

// requireShapes makes sure that the state is what the rows are about.
func requireShapes(t *testing.T, p *pool) {
	t.Helper()
	for topic, logs := range p.logs {
		for partition, log := range logs {
			trimmed, blocked := log.Start > 0, p.stable[topic][partition].End < log.End
			if trimmed != (shapeOf(topic) == "trimmed") || blocked != (shapeOf(topic) == "open-tx") {
				t.Fatalf("%s/%d is not as its name says: log %v, stable %v", topic, partition, log, p.stable[topic][partition])
			}
		}
	}
}

func shapeOf(topic string) string {
	for _, shape := range shapes {
		if topic[:min(len(topic), len("diff.")+len(shape))] == "diff."+shape {
			return shape
		}
	}
	return ""
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
