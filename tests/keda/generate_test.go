package keda

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"weir.dev/weir/tests/keda/support"
)

// generator makes rows from a seed: the same seed and pool give the same rows.
type generator struct {
	rng       *rand.Rand
	pool      *pool
	bootstrap string

	documented int // rows for rules about metadata
}

// kinds of rows and how often each comes in a hundred.
var kinds = []struct {
	name  string
	share int
	make  func(*generator, *row)
}{
	{"lag", 16, (*generator).lagRow},
	{"aimed lag", 24, (*generator).aimedRow},
	{"comma list", 10, (*generator).commaRow},
	{"limitation", 8, (*generator).limitationRow},
	{"all topics", 7, (*generator).allTopicsRow},
	{"all topics without commit", 1, (*generator).noCommitRow},
	{"persistent", 6, (*generator).persistentRow},
	{"one wrong key", 8, (*generator).wrongRow},
	{"conflict", 6, (*generator).conflictRow},
	{"missing topic", 3, (*generator).missingTopicRow},
	{"from env", 3, (*generator).envRow},
	{"documented", 6, (*generator).documentedRow},
	{"credentials", 2, (*generator).credentialsRow},
}

func (g *generator) row(id int) *row {
	r := &row{id: id, group: fmt.Sprintf("diff-%d", id), threshold: 10, policy: latest, polls: 1,
		metadata: map[string]string{}, env: map[string]string{}, commits: support.Commits{}}
	r.metadata["bootstrapServers"] = g.bootstrap
	r.metadata["consumerGroup"] = r.group
	// The share decides, not chance: every kind occurs in any hundred rows.
	place := id * 37 % 100
	for _, kind := range kinds {
		if place < kind.share {
			r.kind = kind.name
			kind.make(g, r)
			return r
		}
		place -= kind.share
	}
	panic("the shares do not add up to a hundred")
}

func (g *generator) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](g *generator, list ...T) T { return list[g.rng.IntN(len(list))] }

func (g *generator) topic() string {
	return topicName(pick(g, shapes...), 1+g.rng.Int32N(maxPartitions))
}

// boolean is any spelling that strconv.ParseBool takes.
func (g *generator) boolean(value bool) string {
	if value {
		return pick(g, "true", "1", "T", "True", "TRUE", "t", " true ")
	}
	return pick(g, "false", "0", "F", "False", "FALSE", "f")
}

func (g *generator) lagRow(r *row) {
	r.topics = []string{g.topic()}
	g.policyOf(r)
	g.flagsOf(r)
	g.commitsOf(r, r.topics[0])
	g.finish(r)
}

// finish chooses a threshold and an activation threshold near the lag.
func (g *generator) finish(r *row) {
	if len(r.topics) > 0 {
		r.metadata["topic"] = r.topics[0]
	}
	total, partitions := g.rawLag(r)
	g.thresholdOf(r, total, partitions)
	g.activationOf(r, total)
	g.common(r)
}

func (g *generator) rawLag(r *row) (total, partitions int64) {
	bare := *r
	bare.flags = flags{allowIdle: true, scaleToZero: r.flags.scaleToZero}
	total, _ = expect(&bare, g.pool.logs, ruleSet{})
	for _, topic := range r.topics {
		partitions += int64(g.pool.partitions[topic])
	}
	return total, max(1, partitions)
}

func (g *generator) thresholdOf(r *row, total, partitions int64) {
	switch threshold := total / partitions; {
	case g.chance(20):
		return // KEDA's default
	case g.chance(30) || threshold < 1:
		r.threshold = pick[int64](g, 1, 2, 3, 5, 7, 20, 100, 1_000_000)
	default:
		r.threshold = threshold
	}
	r.metadata["lagThreshold"] = strconv.FormatInt(r.threshold, 10)
}

func (g *generator) activationOf(r *row, total int64) {
	if g.chance(60) {
		return
	}
	r.activation = max(0, pick(g, 0, total-1, total, total+1, 5))
	r.metadata["activationLagThreshold"] = strconv.FormatInt(r.activation, 10)
}

func (g *generator) policyOf(r *row) {
	if g.chance(30) {
		return
	}
	r.policy = pick(g, latest, earliest)
	r.metadata["offsetResetPolicy"] = r.policy
}

func (g *generator) flagsOf(r *row) {
	set := func(key string, flag *bool) {
		*flag = true
		r.metadata[key] = g.boolean(true)
	}
	switch g.rng.IntN(8) {
	case 0:
		set("allowIdleConsumers", &r.flags.allowIdle)
	case 1:
		set("limitToPartitionsWithLag", &r.flags.limitToLag)
	case 2:
		set("ensureEvenDistributionOfPartitions", &r.flags.ensureEven)
	case 3:
		set("allowIdleConsumers", &r.flags.allowIdle)
		set("ensureEvenDistributionOfPartitions", &r.flags.ensureEven)
	}
	if g.chance(20) {
		set("scaleToZeroOnInvalidOffset", &r.flags.scaleToZero)
	}
	if g.chance(10) {
		set("excludePersistentLag", &r.flags.excludePersistent)
	}
	if g.chance(35) {
		r.flags.kedaCap = true
		r.metadata["partitionCap"] = "keda"
	} else if g.chance(20) {
		r.metadata["partitionCap"] = "exact"
	}
}

// common adds keys that change nothing, or nothing here.
func (g *generator) common(r *row) {
	if g.chance(10) {
		r.metadata["allowIdleConsumers"] = g.boolean(r.flags.allowIdle)
	}
	if g.chance(5) {
		r.metadata["excludePersistentLag"] = g.boolean(r.flags.excludePersistent)
	}
	if g.chance(10) && !r.apache {
		r.metadata["version"] = pick(g, "1.0.0", "2.8.1", "3.6.0", "4.0.0", "")
	}
	if g.chance(10) && !r.apache && len(r.topics) > 0 {
		r.metadata["fullMetadata"] = g.boolean(false)
	}
	if g.chance(10) {
		r.metadata["tls"] = pick(g, "disable", "", " disable")
	}
	if g.chance(10) {
		r.metadata["sasl"] = pick(g, "none", "")
	}
	if g.chance(10) {
		r.metadata["noSuchKey"] = "is left alone"
	}
}
