package keda

import "weir.dev/weir/tests/keda/support"

// commitsOf gives the row's group one of the ways in which a group can stand in a topic.
func (g *generator) commitsOf(r *row, topic string) {
	commits := map[int32]int64{}
	logs := g.pool.logs[topic]
	way := g.rng.IntN(100)
	for partition, log := range logs {
		p := int32(partition)
		switch {
		case way < 12: // the group is missing
		case way < 25: // some partitions were never committed
			if g.chance(50) {
				commits[p] = g.between(log)
			}
		case way < 35: // caught up everywhere
			commits[p] = log.End
		case way < 45: // caught up but for one partition
			commits[p] = log.End
			if partition == len(logs)-1 {
				commits[p] = g.between(log)
			}
		case way < 52 || (way < 62 && g.chance(30)): // the topic was made again, in whole or in part
			commits[p] = log.End + 1 + g.rng.Int64N(50)
		case way < 85: // what was committed has been deleted, where the log was trimmed
			commits[p] = g.rng.Int64N(log.Start + 1)
		default:
			commits[p] = g.between(log)
		}
	}
	if len(commits) > 0 {
		r.commits[topic] = commits
	}
}

func (g *generator) between(log support.LogRange) int64 {
	return log.Start + g.rng.Int64N(log.End-log.Start+1)
}
