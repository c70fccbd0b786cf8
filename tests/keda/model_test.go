package keda

import (
	"slices"

	"weir.dev/weir/tests/keda/support"
)

// A rule of docs/differences.md that changes lag.
const (
	partitionCapExact = "partition-cap-exact"
	negativeLag       = "negative-lag"
	beyondEnd         = "beyond-end"
	beforeLogStart    = "before-log-start"
	allTopicsNoCommit = "all-topics-without-commit"
	persistentLagTime = "persistent-lag-time"
	headroom          = "hpa-headroom"
)

var lagRules = []string{
	partitionCapExact, negativeLag, beyondEnd, beforeLogStart, allTopicsNoCommit, persistentLagTime, headroom}

// ruleSet holds the rules that apply. None: KEDA's own behaviour. All: Weir's.
type ruleSet map[string]bool

func allRules() ruleSet {
	set := ruleSet{}
	for _, id := range lagRules {
		set[id] = true
	}
	return set
}

// partitionLag is one partition's contribution to the metric and to the activity.
type partitionLag struct{ metric, activity int64 }

// expect computes value and activity of a row from the state alone, independently of both implementations.
func expect(r *row, logs map[string][]support.LogRange, rules ruleSet) (value int64, active bool) {
	var total, activity, partitions, behind int64
	for _, topic := range countedTopics(r, logs, rules) {
		for partition, log := range logs[topic] {
			if r.limitation != nil && !slices.Contains(r.limitation, int32(partition)) {
				continue
			}
			commit, committed := r.commits[topic][int32(partition)]
			lag := lagOf(r, log, commit, committed, rules)
			total += lag.metric
			activity += lag.activity
			partitions++
			if lag.metric > 0 {
				behind++
			}
		}
	}
	value = limit(r, total, partitions, behind, rules)
	if rules[headroom] && hasHeadroom(r, total, partitions, behind) {
		value = 2 * r.hpaMax * r.threshold
	}
	return max(0, value), activity > r.activation
}

func countedTopics(r *row, logs map[string][]support.LogRange, rules ruleSet) []string {
	if len(r.topics) > 0 {
		return r.topics
	}
	var topics []string
	for topic := range logs {
		if len(r.commits[topic]) > 0 || (len(r.commits) == 0 && !rules[allTopicsNoCommit]) {
			topics = append(topics, topic)
		}
	}
	return topics
}

func lagOf(r *row, log support.LogRange, commit int64, committed bool, rules ruleSet) partitionLag {
	retained := max(0, log.End-log.Start)
	switch {
	case !committed && r.flags.scaleToZero:
		return partitionLag{0, 0}
	case !committed && r.policy == earliest:
		return partitionLag{retained, retained}
	case !committed:
		return partitionLag{1, 1}
	}
	lag := log.End - commit
	switch {
	case commit > log.End && r.policy == earliest && rules[beyondEnd]:
		lag = retained
	case commit < log.Start && rules[beforeLogStart]:
		lag = retained
	case rules[negativeLag]:
		lag = max(0, lag)
	}
	if isPersistent(r, lag, rules) {
		return partitionLag{0, lag}
	}
	return partitionLag{lag, lag}
}

// KEDA takes any commit that did not move between two calls for stuck, Weir one that did not move for a time.
func isPersistent(r *row, lag int64, rules ruleSet) bool {
	if !r.flags.excludePersistent {
		return false
	}
	if rules[persistentLagTime] {
		return r.patient && lag > 0
	}
	return r.polls > 1
}

// hasHeadroom is whether the backlog fills hpaMaxReplicas, and nothing else keeps the replicas below that.
func hasHeadroom(r *row, total, partitions, behind int64) bool {
	bound := partitions
	if r.flags.limitToLag {
		bound = behind
	}
	unbounded := r.flags.allowIdle && !r.flags.limitToLag && !r.flags.ensureEven
	return r.hpaMax > 0 && !r.flags.kedaCap && (unbounded || r.hpaMax <= bound) && total >= r.hpaMax*r.threshold
}

func limit(r *row, total, partitions, behind int64, rules ruleSet) int64 {
	if r.flags.allowIdle && !r.flags.limitToLag && !r.flags.ensureEven {
		return total
	}
	if r.flags.ensureEven {
		total = evenReplicas(total, partitions, r.threshold) * r.threshold
	}
	bound := partitions
	if r.flags.limitToLag {
		bound = behind
	}
	if rules[partitionCapExact] && !r.flags.kedaCap {
		return min(total, bound*r.threshold)
	}
	if total/r.threshold > bound {
		return bound * r.threshold
	}
	return total
}

// The smallest number of replicas that divides the partitions and keeps each within the threshold.
func evenReplicas(total, partitions, threshold int64) int64 {
	for replicas := int64(1); replicas < partitions; replicas++ {
		if partitions%replicas == 0 && replicas*threshold >= total {
			return replicas
		}
	}
	return partitions
}
