package keda

import (
	"fmt"
	"testing"
	"time"

	"weir.dev/weir/tests/keda/support"
)

// ownKeys asks with the keys that KEDA does not have. Every topic has five partitions, the threshold is 2, and the group
// has read nothing unless a test says so.
func ownKeys(t *testing.T, cluster *support.Cluster, weir *support.Weir, p *pool) {
	const partitions, threshold = 5, 2
	full, open := topicName("full", partitions), topicName("open-tx", partitions)
	backlog := func(logs map[string][]support.LogRange, topic string) (lag int64) {
		for _, log := range logs[topic] {
			lag += log.End
		}
		return lag
	}
	ends := func(logs map[string][]support.LogRange, topic string) map[int32]int64 {
		commits := map[int32]int64{}
		for partition, log := range logs[topic] {
			commits[int32(partition)] = log.End
		}
		return commits
	}
	start := map[int32]int64{0: 0, 1: 0, 2: 0, 3: 0, 4: 0}
	caughtUp, stable := ends(p.logs, full), ends(p.stable, open)
	for i, test := range []struct {
		name     string
		topic    string
		commits  map[int32]int64
		metadata map[string]string
		value    int64
		active   bool
	}{
		{"minScale keeps an idle group up", full, caughtUp, map[string]string{"minScale": "3"}, 3 * threshold, true},
		{"maxScale cuts a backlog", full, start, map[string]string{"maxScale": "4"}, 4 * threshold, true},
		{"three consumers in a replica need two replicas", full, start, map[string]string{"consumersPerReplica": "3"}, 2 * threshold, true},
		{"no cap lets the lag through", full, start, map[string]string{"partitionCap": "none"}, backlog(p.logs, full), true},
		{"hpaMaxReplicas below the cap is reported twice", full, start, map[string]string{"hpaMaxReplicas": "5"}, 2 * 5 * threshold, true},
		{"hpaMaxReplicas above the cap is not", full, start, map[string]string{"hpaMaxReplicas": "6"}, 5 * threshold, true},
		{"read_committed stops at the last stable offset", open, start,
			map[string]string{"isolationLevel": "read_committed", "partitionCap": "none"}, backlog(p.stable, open), true},
		{"read_committed has nothing to read before an open transaction", open, stable,
			map[string]string{"isolationLevel": "read_committed"}, 0, false},
		{"read_uncommitted reads on", open, stable,
			map[string]string{"partitionCap": "none"}, backlog(p.logs, open) - backlog(p.stable, open), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			group := fmt.Sprintf("own-%d", i)
			must(t, cluster.Commit(group, support.Commits{test.topic: test.commits}))
			metadata := map[string]string{"bootstrapServers": cluster.Bootstrap, "consumerGroup": group, "topic": test.topic,
				"lagThreshold": fmt.Sprint(threshold)}
			for key, value := range test.metadata {
				metadata[key] = value
			}
			scaler := external(t, weir.GRPC, trigger{namespace: "own-keys", name: group, metadata: metadata})
			seen, err := lookPatiently(within(t, 10*time.Second), scaler)
			must(t, err)
			if want := (outcome{value: test.value * 1000, target: threshold * 1000, active: test.active}); !seen.is(want) {
				t.Errorf("got %+v, want %+v", seen, want)
			}
		})
	}
}
