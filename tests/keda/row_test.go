package keda

import (
	"weir.dev/weir/tests/keda/support"
)

// failure says where a trigger fails: at its metadata, or when it is asked for its lag.
type failure string

const (
	works       failure = ""
	badMetadata failure = "metadata"
	failsPoll   failure = "poll"
)

// Values of offsetResetPolicy.
const (
	latest   = "latest"
	earliest = "earliest"
)

// row is one comparison: a state of one group, and the metadata of one trigger that reads it.
type row struct {
	id       int
	kind     string
	aim      string // of an aimed row
	group    string
	metadata map[string]string
	env      map[string]string // of the scale target's container, for keys that end in FromEnv
	commits  support.Commits

	// What the metadata means, as its generator knows it.
	apache     bool     // a comma list of topics, which KEDA's apache-kafka trigger reads
	topics     []string // none: every topic with a commit
	threshold  int64
	activation int64
	policy     string
	limitation []int32 // of partitions; nil: all
	hpaMax     int64   // hpaMaxReplicas; 0: not set
	flags      flags
	polls      int  // how often KEDA's scaler looks; with excludePersistentLag the second look differs from the first
	patient    bool // Weir is asked again after persistentLagSeconds

	// Where the two fail, when it is not for the lag's sake.
	keda, weir failure
	// The rule by which one of them does not.
	failureRule string
}

type flags struct {
	allowIdle, limitToLag, ensureEven, scaleToZero, excludePersistent, kedaCap bool
}

// outcome is what KEDA gets to see of a trigger.
type outcome struct {
	failed failure
	name   string
	target int64 // thousandths
	value  int64 // thousandths
	active bool
}
