package keda

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// commaRow reads several topics, as KEDA's apache-kafka trigger does.
func (g *generator) commaRow(r *row) {
	r.apache = true
	for len(r.topics) < 2+g.rng.IntN(2) {
		if topic := g.topic(); !slices.Contains(r.topics, topic) {
			r.topics = append(r.topics, topic)
		}
	}
	g.policyOf(r)
	g.flagsOf(r)
	for _, topic := range r.topics {
		g.commitsOf(r, topic)
	}
	g.finish(r)
	r.metadata["topic"] = strings.Join(r.topics, pick(g, ",", ", ", " ,"))
	if g.chance(20) {
		r.limitation = []int32{0}
		r.metadata["partitionLimitation"] = "0"
	}
}

func (g *generator) limitationRow(r *row) {
	r.topics = []string{g.topic()}
	partitions := g.pool.partitions[r.topics[0]]
	g.policyOf(r)
	g.flagsOf(r)
	g.commitsOf(r, r.topics[0])
	g.finish(r)
	if g.chance(30) {
		g.oddLimitation(r, partitions)
		return
	}
	first := g.rng.Int32N(partitions)
	last := first + g.rng.Int32N(partitions-first)
	text := pick(g, fmt.Sprintf("%d-%d", first, last), fmt.Sprintf(" %d - %d , %d", first, last, first),
		fmt.Sprintf("%d-%d,5-2,99", first, last), fmt.Sprintf("%d,%d-%d", first, first, last))
	for p := first; p <= last; p++ {
		r.limitation = append(r.limitation, p)
	}
	for _, part := range strings.Split(text, ",") { // what the text names beyond the range
		if p, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32); err == nil && int32(p) < partitions {
			r.limitation = append(r.limitation, int32(p))
		}
	}
	r.metadata["partitionLimitation"] = text
}

func (g *generator) oddLimitation(r *row, partitions int32) {
	switch g.rng.IntN(3) {
	case 0:
		r.metadata["partitionLimitation"] = pick(g, "a", "1-2-3", "1-", "-3", "1,,2", "1;2", "99999999999", "0x1", "1.5", ",")
		r.keda, r.weir = badMetadata, badMetadata
	case 1: // leaves no partition
		r.metadata["partitionLimitation"] = pick(g, "5-2", strconv.Itoa(int(partitions)), "77,88-99")
		r.keda, r.weir = failsPoll, failsPoll
	case 2: // blank is absent
		r.metadata["partitionLimitation"] = pick(g, "", "  ")
	}
}

// allTopicsRow names no topic: every topic counts that the group has committed to.
func (g *generator) allTopicsRow(r *row) {
	r.group = pick(g, r.group, fmt.Sprintf("team/%%a:b(%d).x", r.id))
	r.metadata["consumerGroup"] = r.group
	g.policyOf(r)
	if g.chance(30) {
		r.flags.allowIdle = true
		r.metadata["allowIdleConsumers"] = "true"
	}
	for len(r.commits) == 0 || g.chance(50) {
		g.commitsOf(r, g.topic())
	}
	if g.chance(30) {
		r.metadata["topic"] = " "
	}
	if g.chance(30) {
		r.metadata["partitionLimitation"] = "0" // without a topic it is left alone
	}
	g.finish(r)
}

func (g *generator) noCommitRow(r *row) {
	g.policyOf(r)
	g.finish(r)
}

func (g *generator) persistentRow(r *row) {
	r.topics = []string{g.topic()}
	g.policyOf(r)
	g.commitsOf(r, r.topics[0])
	r.flags.excludePersistent = true
	r.metadata["excludePersistentLag"] = g.boolean(true)
	r.polls = 2
	if g.chance(50) {
		r.patient = true
		r.metadata["persistentLagSeconds"] = "1"
	}
	g.finish(r)
}

func (g *generator) missingTopicRow(r *row) {
	r.topics = []string{fmt.Sprintf("no-such-topic-%d", r.id)}
	g.policyOf(r)
	g.finish(r)
	r.keda, r.weir = failsPoll, failsPoll
	if g.chance(30) { // one of two is missing
		r.apache = true
		delete(r.metadata, "version")
		delete(r.metadata, "fullMetadata")
		r.metadata["topic"] = r.topics[0] + "," + topicName("full", 3)
		r.topics = []string{topicName("full", 3)}
		r.keda, r.failureRule = works, missingTopicInList
		return
	}
	if value, set := r.metadata["fullMetadata"]; set && strings.TrimSpace(value) != "" {
		r.keda = badMetadata // sarama asks for the topic when the scaler is made
	}
}

// envRow takes values from the environment of the scale target, which KEDA resolves before it asks an external scaler.
func (g *generator) envRow(r *row) {
	g.lagRow(r)
	for _, key := range []string{"bootstrapServers", "consumerGroup", "topic"} {
		if g.chance(60) {
			r.env["ENV_"+key] = r.metadata[key]
			r.metadata[key+"FromEnv"] = "ENV_" + key
			delete(r.metadata, key)
		}
	}
}
