package keda

import "strconv"

// A rule of docs/differences.md by which one of the two fails and the other does not.
const missingTopicInList = "missing-topic-in-list"

// One row each, in turn, for the rules about metadata. Every row starts as a plain one of a single topic.
var documentedRows = []struct {
	rule string
	make func(*generator, *row)
}{
	{"topic-comma-list", func(g *generator, r *row) {
		g.addTopic(r)
		r.apache = false
		r.keda = failsPoll
	}},
	{"topic-list-empty-item", func(_ *generator, r *row) {
		r.apache = true
		r.metadata["topic"] += ","
		r.weir = badMetadata
	}},
	{"topic-list-duplicate", func(_ *generator, r *row) {
		r.apache = true
		r.metadata["topic"] += "," + r.topics[0]
		r.weir = badMetadata
	}},
	{"limitation-in-list", func(g *generator, r *row) {
		g.addTopic(r)
		if r.metadata["partitionLimitation"] = pick(g, "5-2", "77"); r.metadata["partitionLimitation"] == "77" {
			r.limitation = []int32{77}
		}
		r.weir = failsPoll
	}},
	{"limit-and-even-in-list", func(g *generator, r *row) {
		g.addTopic(r)
		r.flags.limitToLag, r.flags.ensureEven = true, true
		r.metadata["limitToPartitionsWithLag"] = "true"
		r.metadata["ensureEvenDistributionOfPartitions"] = "true"
		r.weir = badMetadata
	}},
	{"all-topics-of-group", func(_ *generator, r *row) {
		r.apache = true
		delete(r.metadata, "topic")
		r.topics = nil
		r.keda = failsPoll
	}},
	{"enum-list", func(_ *generator, r *row) {
		r.metadata["offsetResetPolicy"] = "latest,earliest"
		r.weir = badMetadata
	}},
	{"broker-address", func(g *generator, r *row) {
		r.metadata["bootstrapServers"] += pick(g, ",localhost", ",localhost:kafka", ",kafka://localhost:9092")
		r.weir = badMetadata
	}},
	{"unicode-space", func(_ *generator, r *row) {
		r.threshold = 3
		r.metadata["lagThreshold"] = "\u00a03\u2003"
		r.weir = badMetadata
	}},
	{"credentials-in-metadata", func(g *generator, r *row) {
		r.metadata[pick(g, "username", "password", "ca", "keytab", "realm")] = "ignored by KEDA"
		r.weir = badMetadata
	}},
	{"version-unused", func(_ *generator, r *row) {
		r.metadata["version"] = "0.10.0.0" // asks for what brokers have not answered since Kafka 4.0
		r.keda = failsPoll
	}},
}

// Rules that no row can show: they need a broker that answers wrongly, other credentials or time, and other tests have
// them; or neither of the two answers differently in the end.
var notInRows = []string{
	"missing-offset", "negative-error-code", "earliest-start-failed", "commit-missing-in-list", // a faulty broker
	"credentials-from-secret", "msk-iam", "kerberos-keytab-only", "unsafe-ssl-shared", "namespace-limits",
	"full-metadata-unused",
	"snapshot-age", "last-good-answer",
}

func (g *generator) documentedRow(r *row) {
	r.topics = []string{topicName(pick(g, "full", "aborted-tx"), 1+g.rng.Int32N(maxPartitions))}
	r.metadata["topic"] = r.topics[0]
	g.commitInside(r, r.topics[0])
	r.threshold = 1 + g.rng.Int64N(9)
	r.metadata["lagThreshold"] = strconv.FormatInt(r.threshold, 10)
	r.flags.kedaCap = true
	r.metadata["partitionCap"] = "keda"
	documented := documentedRows[g.documented%len(documentedRows)]
	g.documented++
	r.failureRule = documented.rule
	documented.make(g, r)
}

// commitInside commits somewhere in every partition, where no lag rule applies.
func (g *generator) commitInside(r *row, topic string) {
	commits := map[int32]int64{}
	for partition, log := range g.pool.logs[topic] {
		commits[int32(partition)] = g.between(log)
	}
	r.commits[topic] = commits
}

func (g *generator) addTopic(r *row) {
	r.apache = true
	second := topicName("open-tx", 1+g.rng.Int32N(maxPartitions))
	g.commitInside(r, second)
	r.topics = append(r.topics, second)
	r.metadata["topic"] += "," + second
}
