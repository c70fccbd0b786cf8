// Package load is the workload of the measurements: a broker with topics and many groups that read them, and triggers
// for those groups.
package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"weir.dev/weir/tests/keda/support"
)

// Namespace of all triggers.
const Namespace = "bench"

const lagThreshold = "50"

// Workload is topics of one broker, and groups that read one topic each.
type Workload struct {
	Cluster    *support.Cluster
	Topics     int
	Partitions int
	Records    int // produced into each partition
	BrokerPort int

	// A broker serves one request of a connection at a time, so commits go over several.
	writers []*support.Cluster
}

const writerConnections = 8

// Trigger is one trigger, as weir_grpc_load and the pollers read it.
type Trigger struct {
	Namespace  string            `json:"namespace"`
	Name       string            `json:"name"`
	MetricName string            `json:"metricName"`
	Metadata   map[string]string `json:"metadata"`
	Auth       map[string]string `json:"auth"`  // KEDA's own scalers take credentials so
	Value      float64           `json:"value"` // of the metric, as it must be answered
}

// Ref is the trigger as KEDA sends it.
func (t Trigger) Ref() *pb.ScaledObjectRef {
	return &pb.ScaledObjectRef{Namespace: t.Namespace, Name: t.Name, ScalerMetadata: t.Metadata}
}

// New makes the topics and their records.
func New(bootstrap string, topics, partitions, records int) (*Workload, error) {
	_, port, err := net.SplitHostPort(bootstrap)
	if err != nil {
		return nil, err
	}
	w := &Workload{Topics: topics, Partitions: partitions, Records: records}
	if w.BrokerPort, err = strconv.Atoi(port); err != nil {
		return nil, err
	}
	if w.Cluster, err = support.Connect(bootstrap, nil); err != nil {
		return nil, err
	}
	if err := w.connectWriters(); err != nil {
		w.Close()
		return nil, err
	}
	counts := map[string]int32{}
	var all []support.Records
	for i := range topics {
		counts[Topic(i)] = int32(partitions)
		for partition := range int32(partitions) {
			all = append(all, support.Records{Topic: Topic(i), Partition: partition, Count: records})
		}
	}
	if err := errors.Join(w.Cluster.CreateTopics(counts), w.Cluster.Produce(all...)); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *Workload) connectWriters() error {
	for range writerConnections {
		writer, err := support.Connect(w.Cluster.Bootstrap, nil)
		if err != nil {
			return err
		}
		w.writers = append(w.writers, writer)
	}
	return nil
}

// Close closes all connections.
func (w *Workload) Close() {
	w.Cluster.Close()
	for _, writer := range w.writers {
		writer.Close()
	}
}

// Topic names a topic by its number.
func Topic(i int) string { return fmt.Sprintf("scale-%02d", i) }

// Group names a group by its number; it reads the topic of that number, modulo the topics.
func Group(i int) string { return fmt.Sprintf("group-%05d", i) }

// Behind commits for groups first to end-1, so that each partition of theirs lags by so many records.
func (w *Workload) Behind(first, end, lag int) error {
	ends, err := w.ends()
	if err != nil {
		return err
	}
	return w.behind(ends, first, end, lag)
}

func (w *Workload) behind(ends map[string][]support.LogRange, first, end, lag int) error {
	return inParallel(first, end, func(i int) error {
		topic := Topic(i % w.Topics)
		commits := map[int32]int64{}
		for partition, log := range ends[topic] {
			commits[int32(partition)] = log.End - int64(lag)
		}
		return commit(w.writers[i%len(w.writers)], Group(i), support.Commits{topic: commits})
	})
}

// KeepMoving lets each of the first `count` groups commit once in each interval, spread over it, and ends with the first
// interval that is over when ctx is done. Partitions lag by one less after every other interval; what they lag by at the
// end is returned.
func (w *Workload) KeepMoving(ctx context.Context, count, lag int, interval time.Duration) (int, error) {
	ends, err := w.ends()
	if err != nil {
		return 0, err
	}
	const steps = 50
	begin := time.Now()
	for pass := 1; ; pass++ {
		now := lag - pass%2
		for step := range steps {
			if err := w.behind(ends, count*step/steps, count*(step+1)/steps, now); err != nil {
				return 0, err
			}
			time.Sleep(time.Until(begin.Add(time.Duration((pass-1)*steps+step+1) * interval / steps)))
		}
		if ctx.Err() != nil {
			return now, nil
		}
	}
}

// commit tries again for a while: coordinators of a new cluster come and go until its topic of offsets is made.
func commit(cluster *support.Cluster, group string, commits support.Commits) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := cluster.Commit(group, commits)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		_ = cluster.Client.RefreshCoordinator(group)
	}
}

func (w *Workload) ends() (map[string][]support.LogRange, error) {
	counts := map[string]int32{}
	for i := range w.Topics {
		counts[Topic(i)] = int32(w.Partitions)
	}
	return w.Cluster.Logs(counts, false)
}

// inParallel calls do for each number, and returns the first error of each worker.
func inParallel(first, end int, do func(int) error) error {
	const workers = 16
	failures := make([]error, workers)
	var running sync.WaitGroup
	for worker := range workers {
		running.Go(func() {
			for i := first + worker; i < end && failures[worker] == nil; i += workers {
				failures[worker] = do(i)
			}
		})
	}
	running.Wait()
	return errors.Join(failures...)
}

// Triggers are those of groups 0 to count-1, whose partitions lag by so much; connection is their keys about brokers.
func (w *Workload) Triggers(count, lag int, connection func(i int) map[string]string) []Trigger {
	triggers := make([]Trigger, count)
	for i := range triggers {
		topic := Topic(i % w.Topics)
		metadata := map[string]string{"consumerGroup": Group(i), "topic": topic, "lagThreshold": lagThreshold}
		for key, value := range connection(i) {
			metadata[key] = value
		}
		triggers[i] = Trigger{Namespace: Namespace, Name: Group(i), MetricName: "kafka-" + topic, Metadata: metadata,
			Value: float64(w.Partitions * lag)}
	}
	return triggers
}

// At is the triggers with the address of their scaler, which KEDA sends with the rest of the metadata: to a scaler they
// are others without it.
func At(address string, triggers []Trigger) []Trigger {
	addressed := slices.Clone(triggers)
	for i := range addressed {
		addressed[i].Metadata = maps.Clone(addressed[i].Metadata)
		addressed[i].Metadata["scalerAddress"] = address
	}
	return addressed
}

// Plain is a connection without credentials.
func (w *Workload) Plain(int) map[string]string {
	return map[string]string{"bootstrapServers": w.Cluster.Bootstrap}
}

// Write keeps triggers in a file for another process.
func Write(path string, triggers []Trigger) error {
	text, err := json.Marshal(triggers)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}

// Read is the other half of Write.
func Read(path string) ([]Trigger, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var triggers []Trigger
	return triggers, json.Unmarshal(text, &triggers)
}
