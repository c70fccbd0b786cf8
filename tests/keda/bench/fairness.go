package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

const (
	tenantTopic  = "tenant"
	tenantGroups = 10
	tenantRounds = 40
	// So short that one namespace's groups take more of it than they may.
	fairInterval = 250 * time.Millisecond
)

// measureFairness measures how long ten groups of one namespace wait until a commit of theirs shows in their metric: alone,
// and beside a namespace of thousands.
func measureFairness(b *bench, counts []int, found figures) error {
	count := min(counts[len(counts)-1], goalGroups)
	if err := b.workload.Cluster.CreateTopics(map[string]int32{tenantTopic: 1}); err != nil {
		return err
	}
	if err := b.workload.Cluster.Produce(support.Records{Topic: tenantTopic, Count: tenantRounds + 1}); err != nil {
		return err
	}
	if err := b.fill(count); err != nil {
		return err
	}
	weir, err := startWeir("--refresh-interval", fairInterval.String())
	if err != nil {
		return err
	}
	defer weir.close()
	alone, err := b.delays(weir)
	if err != nil {
		return err
	}
	neighbours := load.At(weir.GRPC, b.workload.Triggers(count, lagPerPartition, b.workload.Plain))
	if err := weir.subscribe(neighbours); err != nil {
		return err
	}
	begin, err := b.beginWindow(weir)
	if err != nil {
		return err
	}
	began := time.Now()
	beside, err := b.delays(weir)
	if err != nil {
		return err
	}
	lasted := time.Since(began).Seconds()
	done, err := b.endWindow(weir, begin)
	if err != nil {
		return err
	}
	found.set("fairness", "neighbour_groups", float64(count))
	// Of its time: what the neighbours ask for is more than there is where this nears a half.
	found.set("fairness", "refreshing_share", done.seconds/lasted)
	found.set("fairness", "alone_p50_ms", percentile(alone, 50))
	found.set("fairness", "alone_p95_ms", percentile(alone, 95))
	found.set("fairness", "beside_p50_ms", percentile(beside, 50))
	found.set("fairness", "beside_p95_ms", percentile(beside, 95))
	found.set("fairness", "delay_p50_ratio", percentile(beside, 50)/percentile(alone, 50))
	found.set("fairness", "delay_p95_ratio", percentile(beside, 95)/percentile(alone, 95))
	b.say("a commit shows after %.0f ms alone, %.0f ms beside %d groups", percentile(alone, 50), percentile(beside, 50), count)
	return nil
}

func tenantTrigger(b *bench, i int, value float64) load.Trigger {
	group := fmt.Sprintf("tenant-%d", i)
	return load.Trigger{Namespace: "tenant", Name: group, MetricName: "kafka-" + tenantTopic, Value: value,
		Metadata: map[string]string{"bootstrapServers": b.workload.Cluster.Bootstrap, "consumerGroup": group,
			"topic": tenantTopic, "lagThreshold": "50"}}
}

// delays are milliseconds from the answer to a commit until the metric tells of it, each group in turn.
func (b *bench) delays(weir *weirSide) ([]float64, error) {
	commit := func(i, offset int) (load.Trigger, error) {
		trigger := tenantTrigger(b, i, float64(tenantRounds+1-offset))
		commits := support.Commits{tenantTopic: {0: int64(offset)}}
		return load.At(weir.GRPC, []load.Trigger{trigger})[0], b.workload.Cluster.Commit(trigger.Name, commits)
	}
	for i := range tenantGroups {
		trigger, err := commit(i, 0)
		if err != nil {
			return nil, err
		}
		if err := weir.client.AwaitValues(context.Background(), []load.Trigger{trigger}, time.Minute); err != nil {
			return nil, err
		}
	}
	var delays []float64
	for round := range tenantRounds {
		// At any time within an interval: else each commit would follow the refresh that showed the one before.
		time.Sleep(rand.N(fairInterval))
		trigger, err := commit(round%tenantGroups, round+1)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := weir.client.AwaitValue(context.Background(), trigger, time.Millisecond, time.Minute); err != nil {
			return nil, err
		}
		delays = append(delays, milliseconds(time.Since(began)))
	}
	return delays, nil
}
