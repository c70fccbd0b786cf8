package keda

import (
	"strconv"

	"weir.dev/weir/tests/keda/support"
)

// aim is a lag at which a rule turns: T is the threshold, P the most replicas that the partitions allow.
type aim struct {
	name string
	lag  func(g *generator, t, p int64) int64
}

var aims = []aim{
	{"0", func(_ *generator, _, _ int64) int64 { return 0 }},
	{"T*P-1", func(_ *generator, t, p int64) int64 { return t*p - 1 }},
	{"T*P", func(_ *generator, t, p int64) int64 { return t * p }},
	{"T*P+1", func(_ *generator, t, p int64) int64 { return t*p + 1 }},
	{"between T*P and T*(P+1)", func(g *generator, t, p int64) int64 { return t*p + g.rng.Int64N(t+1) }},
	{"T*(P+1)-1", func(_ *generator, t, p int64) int64 { return t*(p+1) - 1 }},
	{"T*(P+1)", func(_ *generator, t, p int64) int64 { return t * (p + 1) }},
	{"T*(P+1)+1", func(_ *generator, t, p int64) int64 { return t*(p+1) + 1 }},
}

// aimedRow commits so that the lag of the whole topic is exactly one of the aims, spread over some of its partitions.
func (g *generator) aimedRow(r *row) {
	topic := topicName(pick(g, "full", "open-tx", "aborted-tx"), 1+g.rng.Int32N(maxPartitions))
	logs := g.pool.logs[topic]
	r.topics = []string{topic}
	r.metadata["topic"] = topic
	g.policyOf(r)
	g.flagsOf(r)

	behind := g.rng.Perm(len(logs))[:1+g.rng.IntN(len(logs))]
	var room int64
	for _, partition := range behind {
		room += logs[partition].End - logs[partition].Start
	}
	most := int64(len(logs))
	if r.flags.limitToLag {
		most = int64(len(behind))
	}
	r.threshold = 1 + g.rng.Int64N(max(1, (room-1)/(most+1)))
	r.metadata["lagThreshold"] = strconv.FormatInt(r.threshold, 10)
	chosen := pick(g, aims...)
	r.aim = chosen.name
	lag := chosen.lag(g, r.threshold, most)
	r.commits[topic] = spread(logs, behind, lag)
	g.activationOf(r, lag)
	if g.chance(15) {
		r.hpaMax = 1 + g.rng.Int64N(most)
		r.metadata["hpaMaxReplicas"] = strconv.FormatInt(r.hpaMax, 10)
	}
	g.common(r)
}

// spread commits at the end, then takes the lag record by record from one partition behind after the other.
func spread(logs []support.LogRange, behind []int, lag int64) map[int32]int64 {
	commits := map[int32]int64{}
	for partition, log := range logs {
		commits[int32(partition)] = log.End
	}
	for moved := true; moved && lag > 0; {
		moved = false
		for _, partition := range behind {
			if lag > 0 && commits[int32(partition)] > logs[partition].Start {
				commits[int32(partition)]--
				lag--
				moved = true
			}
		}
	}
	return commits
}
