package support

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/IBM/sarama"
)

// Cluster changes the state of a Kafka cluster for tests.
type Cluster struct {
	Bootstrap string
	Client    sarama.Client
	Admin     sarama.ClusterAdmin
	config    *sarama.Config
}

// Records is how many records a partition of a topic gets.
type Records struct {
	Topic     string
	Partition int32
	Count     int
	Bytes     int // of each, 1 when not given
}

// LogRange is the retained part of a partition's log.
type LogRange struct{ Start, End int64 }

// Commits of one group: topic, partition, committed offset.
type Commits map[string]map[int32]int64

// Connect connects to the brokers, a comma list; adapt, when given, changes the client's configuration first.
func Connect(bootstrap string, adapt func(*sarama.Config)) (*Cluster, error) {
	config := sarama.NewConfig()
	config.Version = sarama.V4_0_0_0
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	if adapt != nil {
		adapt(config)
	}
	client, err := sarama.NewClient(strings.Split(bootstrap, ","), config)
	if err != nil {
		return nil, fmt.Errorf("cannot connect to %s: %w", bootstrap, err)
	}
	admin, err := sarama.NewClusterAdminFromClient(client)
	if err != nil {
		return nil, err
	}
	return &Cluster{Bootstrap: bootstrap, Client: client, Admin: admin, config: config}, nil
}

// Close closes the admin and its client.
func (c *Cluster) Close() { _ = c.Admin.Close() }

// CreateTopics makes topics with so many partitions each, in one request.
func (c *Cluster) CreateTopics(partitions map[string]int32) error {
	details := make(map[string]*sarama.TopicDetail, len(partitions))
	for topic, count := range partitions {
		details[topic] = &sarama.TopicDetail{NumPartitions: count, ReplicationFactor: 1}
	}
	controller, err := c.Client.Controller()
	if err != nil {
		return err
	}
	_ = controller.Open(c.config)
	response, err := controller.CreateTopics(
		sarama.NewCreateTopicsRequest(c.config.Version, details, 30*time.Second, false))
	if err != nil {
		return err
	}
	for topic, failure := range response.TopicErrors {
		if !errors.Is(failure.Err, sarama.ErrNoError) {
			return fmt.Errorf("topic %s: %w", topic, failure)
		}
	}
	return c.awaitLeaders(partitions)
}

// A broker leads a new partition some time after it said that the topic was created.
func (c *Cluster) awaitLeaders(partitions map[string]int32) error {
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := c.Logs(partitions, false)
		if err == nil {
			return c.Client.RefreshMetadata()
		}
		if time.Now().After(deadline) {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Produce writes small records.
func (c *Cluster) Produce(records ...Records) error {
	producer, err := sarama.NewSyncProducerFromClient(c.Client)
	if err != nil {
		return err
	}
	defer producer.Close()
	return firstOf(producer.SendMessages(messages(records)))
}

// firstOf shows one of many errors, which are told only as a number otherwise.
func firstOf(err error) error {
	var all sarama.ProducerErrors
	if errors.As(err, &all) && len(all) > 0 {
		return fmt.Errorf("%w; the first: %w", err, all[0])
	}
	return err
}

func messages(records []Records) []*sarama.ProducerMessage {
	var list []*sarama.ProducerMessage
	for _, r := range records {
		value := sarama.StringEncoder(strings.Repeat("x", max(1, r.Bytes)))
		for range r.Count {
			list = append(list, &sarama.ProducerMessage{Topic: r.Topic, Partition: r.Partition, Value: value})
		}
	}
	return list
}

// How a transaction ends.
type TransactionEnd int

// Committed, aborted, or left open until its timeout of ten minutes.
const (
	Commit TransactionEnd = iota
	Abort
	LeaveOpen
)

// Transaction writes records in one transaction. The closer ends a transaction that was left open by closing its producer.
func (c *Cluster) Transaction(id string, end TransactionEnd, records ...Records) (func(), error) {
	config := *c.config
	config.Producer.Transaction.ID = id
	config.Producer.Transaction.Timeout = 10 * time.Minute
	config.Producer.Idempotent = true
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer(strings.Split(c.Bootstrap, ","), &config)
	if err != nil {
		return nil, err
	}
	closer := func() { _ = producer.Close() }
	err = producer.BeginTxn()
	if err == nil {
		err = firstOf(producer.SendMessages(messages(records)))
	}
	if err == nil && end == Commit {
		err = producer.CommitTxn()
	}
	if err == nil && end == Abort {
		err = producer.AbortTxn()
	}
	if err != nil || end != LeaveOpen {
		closer()
		return func() {}, err
	}
	return closer, nil
}

// Commit stores offsets for a group without members, as a tool that resets offsets does.
func (c *Cluster) Commit(group string, commits Commits) error {
	coordinator, err := c.Client.Coordinator(group)
	if err != nil {
		return err
	}
	request := &sarama.OffsetCommitRequest{
		Version: 2, ConsumerGroup: group, ConsumerGroupGeneration: sarama.GroupGenerationUndefined, RetentionTime: -1}
	for topic, partitions := range commits {
		for partition, offset := range partitions {
			request.AddBlock(topic, partition, offset, 0, "")
		}
	}
	response, err := coordinator.CommitOffset(request)
	if err != nil {
		return err
	}
	for topic, partitions := range response.Errors {
		for partition, code := range partitions {
			if !errors.Is(code, sarama.ErrNoError) {
				return fmt.Errorf("commit of %s for %s/%d: %w", group, topic, partition, code)
			}
		}
	}
	return nil
}

// Logs reads the retained range of every partition of the topics, on one broker. With readCommitted the end is the
// last stable offset.
func (c *Cluster) Logs(partitions map[string]int32, readCommitted bool) (map[string][]LogRange, error) {
	logs := make(map[string][]LogRange, len(partitions))
	for topic, count := range partitions {
		logs[topic] = make([]LogRange, count)
	}
	start := func(r *LogRange, offset int64) { r.Start = offset }
	end := func(r *LogRange, offset int64) { r.End = offset }
	if err := c.listOffsets(logs, sarama.OffsetOldest, false, start); err != nil {
		return nil, err
	}
	return logs, c.listOffsets(logs, sarama.OffsetNewest, readCommitted, end)
}

func (c *Cluster) listOffsets(logs map[string][]LogRange, time int64, readCommitted bool, set func(*LogRange, int64)) error {
	request := &sarama.OffsetRequest{Version: 2}
	if readCommitted {
		request.IsolationLevel = sarama.ReadCommitted
	}
	for topic, ranges := range logs {
		for partition := range ranges {
			request.AddBlock(topic, int32(partition), time, 1)
		}
	}
	broker, err := c.Client.Controller()
	if err != nil {
		return err
	}
	_ = broker.Open(c.config)
	response, err := broker.GetAvailableOffsets(request)
	if err != nil {
		return err
	}
	for topic, blocks := range response.Blocks {
		for partition, block := range blocks {
			if !errors.Is(block.Err, sarama.ErrNoError) {
				return fmt.Errorf("offsets of %s/%d: %w", topic, partition, block.Err)
			}
			set(&logs[topic][partition], block.Offset)
		}
	}
	return nil
}
