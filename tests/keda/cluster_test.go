package keda

import (
	"fmt"
	"math"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"google.golang.org/grpc/codes"

	"weir.dev/weir/tests/keda/support"
)

const (
	clusterMaxStale = 12 * time.Second
	clusterSettles  = 20 * time.Second // from an event until every answer is right
	metadataMaxAge  = 30 * time.Second // until then, Weir does not know of added partitions
	staticGroups    = 12               // enough that each broker coordinates some
	consumerGroup   = "kip848"
	offsetsTopic    = "__consumer_offsets"
)

// Partitions of the topics, each with three replicas.
var clusterTopics = map[string]int32{"orders": 6, "live": 3, "wide": 2, "reborn": 2}

// brokers is a cluster of three, its groups, and a Weir for each Kafka client that watches them.
type brokers struct {
	t         *testing.T
	nodes     []*support.Broker
	bootstrap string
	consumer  *support.Consumer
	watches   []*watch
	settles   time.Duration
}

// TestThreeBrokers moves, kills and restarts what a cluster of three brokers is made of, while a Weir over each Kafka
// client is asked for every group all the time. No answer may be wrong in between, and after each event every group's
// lag is the one that Kafka's own tool tells.
func TestThreeBrokers(t *testing.T) {
	b := startBrokers(t)
	b.fill()
	b.watch("wire")
	b.watch("librdkafka")
	b.equalsTool("at first")
	b.newProtocol()

	b.event("leaders moved", func() { b.rotate("orders", "live", "wide", "reborn") })
	b.event("coordinators moved", func() { b.rotate(offsetsTopic) })
	b.event("a broker killed", func() { b.kill(0) })
	b.event("it came back", func() { b.restart(0) })
	b.event("rolling restart", func() {
		for node := range b.nodes {
			b.restart(node)
		}
	})
	b.recreate()
	b.event("partitions added", b.addPartitions)
}

func startBrokers(t *testing.T) *brokers {
	t.Helper()
	dir, err := os.MkdirTemp("", "weir-keda-cluster-")
	must(t, err)
	nodes, err := support.StartBrokers(dir, "--parent", fmt.Sprint(os.Getpid()), "--set", "auto.create.topics.enable=false")
	must(t, err)
	b := &brokers{t: t, nodes: nodes, settles: clusterSettles}
	for _, node := range nodes {
		b.bootstrap += "," + node.Plain()
	}
	b.bootstrap = b.bootstrap[1:]
	t.Cleanup(func() {
		for _, node := range nodes {
			_ = node.Do("kill")
		}
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	return b
}

// as does something with a new client, and again while it fails: brokers come and go.
func (b *brokers) as(what string, do func(*support.Cluster) error) {
	b.t.Helper()
	eventually(b.t, 40*time.Second, what, func() (bool, string) {
		cluster, err := support.Connect(b.bootstrap, nil)
		if err != nil {
			return false, err.Error()
		}
		defer cluster.Close()
		if err := do(cluster); err != nil {
			return false, err.Error()
		}
		return true, ""
	})
}

func (b *brokers) fill() {
	b.t.Helper()
	for _, topic := range sorted(clusterTopics) {
		b.create(topic)
	}
	b.produce(20, sorted(clusterTopics)...)
	b.as("records for the consumer", func(c *support.Cluster) error {
		return c.Produce(b.records(300, "live")...)
	})
	for i := range staticGroups {
		b.commit(staticGroup(i), "orders", int64(i%10))
	}
	for _, group := range []string{"wide", "reborn-earliest", "reborn-latest"} {
		b.commit(group, group[:min(len(group), len("reborn"))], 3)
	}
	b.commit(consumerGroup, "live", 5)
	consumer, err := support.StartConsumer(b.bootstrap, consumerGroup, "live")
	must(b.t, err)
	b.t.Cleanup(consumer.Stop)
	b.consumer = consumer
	b.consume()
}

func staticGroup(i int) string { return fmt.Sprintf("orders-%d", i) }

func (b *brokers) create(topic string) {
	b.t.Helper()
	b.as("topic "+topic, func(c *support.Cluster) error {
		return c.Admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: clusterTopics[topic], ReplicationFactor: 3}, false)
	})
	b.as("leaders of "+topic, b.inSync(topic))
}

func (b *brokers) records(count int, topics ...string) []support.Records {
	var records []support.Records
	for _, topic := range topics {
		for partition := range clusterTopics[topic] {
			records = append(records, support.Records{Topic: topic, Partition: partition, Count: count, Bytes: 1000})
		}
	}
	return records
}

func (b *brokers) produce(count int, topics ...string) {
	b.t.Helper()
	b.as("records", func(c *support.Cluster) error { return c.Produce(b.records(count, topics...)...) })
}

func (b *brokers) commit(group, topic string, offset int64) {
	b.t.Helper()
	partitions := map[int32]int64{}
	for partition := range clusterTopics[topic] {
		partitions[partition] = offset
	}
	b.as("commit of "+group, func(c *support.Cluster) error {
		return c.Commit(group, support.Commits{topic: partitions})
	})
}

// consume lets the consumer read some twenty records on.
func (b *brokers) consume() {
	b.t.Helper()
	must(b.t, b.consumer.Take(20_000, 40*time.Second))
}

func (b *brokers) watch(client string) {
	b.t.Helper()
	weir := startWeir(b.t, "--kafka-client", client, "--refresh-interval", "500ms", "--max-stale", clusterMaxStale.String())
	var triggers []trigger
	add := func(group, topic, policy string) {
		triggers = append(triggers, trigger{namespace: "cluster", name: group, metadata: map[string]string{
			"bootstrapServers": b.bootstrap, "consumerGroup": group, "topic": topic, "offsetResetPolicy": policy,
			"partitionCap": "none"}})
	}
	for i := range staticGroups {
		add(staticGroup(i), "orders", "latest")
	}
	add("wide", "wide", "earliest")
	add("reborn-earliest", "reborn", "earliest")
	add("reborn-latest", "reborn", "latest")
	add(consumerGroup, "live", "earliest")
	b.watches = append(b.watches, startWatch(b.t, client, weir.GRPC, triggers))
}

// allow changes what both Weirs may say.
func (b *brokers) allow(change func(group string, before allowance) allowance) {
	for _, w := range b.watches {
		w.allow(change)
	}
}

// event does something to the cluster, writes records so that only a fresh answer is right, and compares. In between,
// an answer may be of any moment of the event.
func (b *brokers) event(name string, do func()) {
	b.t.Helper()
	begin := time.Now()
	b.allow(func(_ string, before allowance) allowance { return allowance{low: before.low, high: math.MaxInt64} })
	for _, w := range b.watches {
		w.lastGoodServes(clusterMaxStale - time.Second)
	}
	do()
	did := time.Since(begin)
	b.produce(3, sorted(clusterTopics)...)
	b.consume()
	b.equalsTool(name)
	b.t.Logf("%s: done after %v, every lag right after %v", name, did.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
}

// equalsTool waits until each answer is the lag that kafka-consumer-groups tells, from when on no other is allowed.
func (b *brokers) equalsTool(when string) {
	b.t.Helper()
	var lags map[string]int64
	b.as("kafka-consumer-groups", func(*support.Cluster) error {
		var err error
		lags, err = support.ConsumerGroupLags(b.bootstrap)
		return err
	})
	if len(lags) < staticGroups+2 {
		b.t.Fatalf("kafka-consumer-groups tells of %d groups only: %v", len(lags), lags)
	}
	for group, lag := range lags {
		if lag <= 0 {
			b.t.Fatalf("group %s has lag %d, so that a wrong 0 could not be told: %v", group, lag, lags)
		}
	}
	b.equals(when, lags)
}

func (b *brokers) equals(when string, lags map[string]int64) {
	b.t.Helper()
	eventually(b.t, b.settles, when+": every lag is the tool's", func() (bool, string) {
		different := ""
		for _, w := range b.watches {
			different += w.differences(lags)
		}
		return different == "", different
	})
	b.allow(func(group string, before allowance) allowance {
		if lag, told := lags[group]; told && group != consumerGroup {
			return exactly(lag)
		}
		return before
	})
}

func (b *brokers) newProtocol() {
	b.t.Helper()
	groups, err := support.GroupsOfNewProtocol(b.bootstrap)
	must(b.t, err)
	if !slices.Contains(groups, consumerGroup) {
		b.t.Fatalf("%s is no group of the new protocol; those are %v", consumerGroup, groups)
	}
}

// recreate takes a topic away for longer than the last good value serves, and makes it again with commits beyond its end.
func (b *brokers) recreate() {
	b.t.Helper()
	const records, beyond = 7, 1000
	reborn := func(change allowance) {
		b.allow(func(group string, before allowance) allowance {
			if group == "reborn-earliest" || group == "reborn-latest" {
				return change
			}
			return before
		})
	}
	b.allow(func(group string, before allowance) allowance {
		if group == "reborn-earliest" || group == "reborn-latest" {
			before.also = []codes.Code{codes.NotFound}
		}
		return before
	})
	b.as("deletion", func(c *support.Cluster) error { return c.Admin.DeleteTopic("reborn") })
	deleted := time.Now()
	eventually(b.t, clusterMaxStale+5*time.Second, "NOT_FOUND while the topic is absent", func() (bool, string) {
		seen := ""
		for _, w := range b.watches {
			for _, group := range []string{"reborn-earliest", "reborn-latest"} {
				if code := w.says(group); code != codes.NotFound {
					seen += fmt.Sprintf(" %s: %s %v", w.name, group, code)
				}
			}
		}
		return seen == "", seen
	})
	b.t.Logf("NOT_FOUND %v after the topic was deleted", time.Since(deleted).Round(time.Millisecond))

	// Kafka drops a topic's commits with it: until there are some again, the log counts by the rule for none.
	reborn(allowance{low: 0, high: records * int64(clusterTopics["reborn"]), also: []codes.Code{codes.NotFound}})
	b.create("reborn")
	b.produce(records, "reborn")
	b.commit("reborn-earliest", "reborn", beyond)
	b.commit("reborn-latest", "reborn", beyond)
	b.equals("topic recreated", map[string]int64{
		"reborn-earliest": records * int64(clusterTopics["reborn"]), // what is there
		"reborn-latest":   0,
	})
	b.commit("reborn-earliest", "reborn", 1)
	b.commit("reborn-latest", "reborn", 2)
	reborn(allowance{low: 0, high: records * int64(clusterTopics["reborn"])})
	b.equalsTool("topic recreated")
}

func (b *brokers) addPartitions() {
	b.t.Helper()
	before := clusterTopics["wide"]
	clusterTopics["wide"] = 2 * before
	b.as("partitions", func(c *support.Cluster) error {
		return c.Admin.CreatePartitions("wide", clusterTopics["wide"], nil, false)
	})
	b.as("leaders of wide", b.inSync("wide"))
	b.commit("wide", "wide", 3)
	b.settles += metadataMaxAge
}
