package keda

import (
	"fmt"
	"time"

	"github.com/IBM/sarama"

	"weir.dev/weir/tests/keda/support"
)

// partitionsOf is what the cluster tells of topics, by name and number.
func partitionsOf(c *support.Cluster, topics []string) (map[string]map[int32]*sarama.PartitionMetadata, error) {
	if err := c.Client.RefreshMetadata(topics...); err != nil {
		return nil, err
	}
	details, err := c.Admin.DescribeTopics(topics)
	if err != nil {
		return nil, err
	}
	partitions := map[string]map[int32]*sarama.PartitionMetadata{}
	for _, topic := range details {
		partitions[topic.Name] = map[int32]*sarama.PartitionMetadata{}
		if topic.Err != sarama.ErrNoError {
			return nil, fmt.Errorf("%s: %w", topic.Name, topic.Err)
		}
		for _, partition := range topic.Partitions {
			partitions[topic.Name][partition.ID] = partition
		}
	}
	return partitions, nil
}

// inSync fails until every partition of the topics has a leader and three replicas in sync.
func (b *brokers) inSync(topics ...string) func(*support.Cluster) error {
	return func(c *support.Cluster) error {
		all, err := partitionsOf(c, topics)
		if err != nil {
			return err
		}
		for _, topic := range topics {
			if want := clusterTopics[topic]; len(all[topic]) < int(want) {
				return fmt.Errorf("%s has %d partitions, not %d", topic, len(all[topic]), want)
			}
			for id, partition := range all[topic] {
				if partition.Leader < 0 || len(partition.Isr) < 3 {
					return fmt.Errorf("%s/%d: leader %d, in sync %v", topic, id, partition.Leader, partition.Isr)
				}
			}
		}
		return nil
	}
}

func everyTopic() []string { return append(sorted(clusterTopics), offsetsTopic) }

// rotate gives every partition of the topics another leader: the next of its replicas.
func (b *brokers) rotate(topics ...string) {
	b.t.Helper()
	b.as("replicas in sync", b.inSync(everyTopic()...))
	wanted := map[string][][]int32{}
	b.as("reassignment", func(c *support.Cluster) error {
		all, err := partitionsOf(c, topics)
		if err != nil {
			return err
		}
		for _, topic := range topics {
			if wanted[topic] == nil {
				wanted[topic] = rotated(all[topic])
			}
			if err := c.Admin.AlterPartitionReassignments(topic, wanted[topic]); err != nil {
				return err
			}
		}
		return nil
	})
	b.as("election", func(c *support.Cluster) error { return elect(c, topics, wanted) })
}

func rotated(partitions map[int32]*sarama.PartitionMetadata) [][]int32 {
	assignment := make([][]int32, len(partitions))
	for id, partition := range partitions {
		replicas := partition.Replicas
		for replicas[0] != partition.Leader {
			replicas = append(replicas[1:len(replicas):len(replicas)], replicas[0])
		}
		assignment[id] = append(replicas[1:len(replicas):len(replicas)], replicas[0])
	}
	return assignment
}

// elect makes the first replica of each partition its leader, and fails until all are.
func elect(c *support.Cluster, topics []string, wanted map[string][][]int32) error {
	moves := map[string][]int32{}
	for _, topic := range topics {
		for id := range wanted[topic] {
			moves[topic] = append(moves[topic], int32(id))
		}
	}
	if _, err := c.Admin.ElectLeaders(sarama.PreferredElection, moves); err != nil {
		return err
	}
	all, err := partitionsOf(c, topics)
	if err != nil {
		return err
	}
	for _, topic := range topics {
		for id, replicas := range wanted[topic] {
			if leader := all[topic][int32(id)].Leader; leader != replicas[0] {
				return fmt.Errorf("%s/%d is led by %d, not %d", topic, id, leader, replicas[0])
			}
		}
	}
	return nil
}

// kill ends a broker at once, and waits until others lead what it led.
func (b *brokers) kill(node int) {
	b.t.Helper()
	must(b.t, b.nodes[node].Do("kill"))
	b.as("new leaders", func(c *support.Cluster) error {
		all, err := partitionsOf(c, everyTopic())
		if err != nil {
			return err
		}
		for topic, partitions := range all {
			for id, partition := range partitions {
				if partition.Leader < 0 || partition.Leader == int32(node+1) {
					return fmt.Errorf("%s/%d is led by %d", topic, id, partition.Leader)
				}
			}
		}
		return nil
	})
}

// restart stops a broker in order, if it runs, starts it, and waits until it has caught up.
func (b *brokers) restart(node int) {
	b.t.Helper()
	begin := time.Now()
	must(b.t, b.nodes[node].Do("restart"))
	b.as("replicas in sync", b.inSync(everyTopic()...))
	b.t.Logf("broker %d was away for %v", node+1, time.Since(begin).Round(time.Millisecond))
}
