package main

import (
	"context"
	"fmt"
	"time"

	"weir.dev/weir/tests/keda/load"
)

// Which part of the groups commits between two refreshes of theirs.
var movingParts = []struct {
	name string
	part float64
}{{"none", 0}, {"a_tenth", 0.1}, {"half", 0.5}}

// measureMoving measures a refresh while groups commit: one that has moved is decoded and counted anew, others are not.
func measureMoving(b *bench, counts []int, found figures) error {
	count := min(counts[len(counts)-1], goalGroups)
	if err := b.fill(count); err != nil {
		return err
	}
	weir, err := startWeir()
	if err != nil {
		return err
	}
	defer weir.close()
	if err := weir.subscribe(load.At(weir.GRPC, b.workload.Triggers(count, lagPerPartition, b.workload.Plain))); err != nil {
		return err
	}
	costs := make([][]cost, len(movingParts))
	for range *rounds {
		for i, moving := range movingParts {
			measured, err := b.refreshMoving(weir, count, int(moving.part*float64(count)))
			if err != nil {
				return err
			}
			costs[i] = append(costs[i], measured)
			b.say("%d groups, %s moving: refresh %.1f ms, client %.1f ms", count, moving.name, measured.wall, measured.client)
		}
	}
	for i, moving := range movingParts {
		found.set("moving", moving.name+"_wall_ms", medianCost(costs[i]).wall)
		found.set("moving", moving.name+"_client_cpu_ms", medianCost(costs[i]).client)
	}
	most := len(movingParts) - 1
	more := medianCost(costs[most]).client - medianCost(costs[0]).client
	found.set("moving", "more_client_cpu_us_of_a_moved_group", 1000*more/(movingParts[most].part*float64(count)))
	return nil
}

// refreshMoving measures while the first so many groups commit once in each interval, and sees that weir tells of it.
func (b *bench) refreshMoving(weir *weirSide, count, moving int) (cost, error) {
	type end struct {
		lag int
		err error
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan end, 1)
	go func() {
		lag, err := b.workload.KeepMoving(ctx, moving, lagPerPartition, refreshInterval)
		ended <- end{lag, err}
	}()
	time.Sleep(2 * refreshInterval) // every moving group has been seen to move
	measured, err := b.refresh(weir, count, 0)
	cancel()
	last := <-ended
	if err != nil {
		return cost{}, err
	}
	if last.err != nil {
		return cost{}, last.err
	}
	triggers := load.At(weir.GRPC, b.workload.Triggers(moving, last.lag, b.workload.Plain))
	if err := weir.client.AwaitValues(context.Background(), triggers, 3*refreshInterval); err != nil {
		return cost{}, fmt.Errorf("%d moving groups: %w", moving, err)
	}
	return measured, nil
}
