package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

const (
	busyTopic     = "busy"
	busyGroup     = "busy-consumer"
	busyPerSecond = 5000
	recordBytes   = 200
	busyFor       = 4 * refreshInterval
	commitEvery   = 100 * time.Millisecond
)

// measureConsumer measures what a watch fetches of a topic whose consumer keeps up, so that its group stays inactive: what
// weir receives while records come, less what it receives while none do.
func measureConsumer(b *bench, _ []int, found figures) error {
	cluster := b.workload.Cluster
	if err := cluster.CreateTopics(map[string]int32{busyTopic: partitions}); err != nil {
		return err
	}
	if err := b.commitBusy(); err != nil {
		return err
	}
	weir, err := startWeir()
	if err != nil {
		return err
	}
	defer weir.close()
	// Inactive for as long as the consumer is less than a second behind.
	trigger := load.Trigger{Namespace: load.Namespace, Name: busyGroup, MetricName: "kafka-" + busyTopic,
		Metadata: map[string]string{"bootstrapServers": cluster.Bootstrap, "consumerGroup": busyGroup, "topic": busyTopic,
			"lagThreshold": "50", "activationLagThreshold": fmt.Sprint(busyPerSecond)}}
	clients, err := openPush(load.At(weir.GRPC, []load.Trigger{trigger}))
	if err != nil {
		return err
	}
	defer clients.close()
	time.Sleep(settle)
	quiet, err := b.received(weir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	failures := make(chan error, 2)
	running.Go(func() { failures <- b.keepProducing(ctx) })
	running.Go(func() { failures <- b.keepCommitting(ctx) })
	time.Sleep(time.Second)
	before, err := b.busyRecords()
	if err != nil {
		cancel()
		return err
	}
	busy, err := b.received(weir)
	after, errAfter := b.busyRecords()
	cancel()
	running.Wait()
	for range 2 {
		if err == nil {
			err = <-failures
		}
	}
	if err == nil {
		err = errAfter
	}
	if err != nil {
		return err
	}
	topic := float64(after-before) * recordBytes
	b.say("%.0f records/s; weir received %.0f bytes, %.0f without records", float64(after-before)/busyFor.Seconds(), busy, quiet)
	found.set("consumer", "records_per_second", float64(after-before)/busyFor.Seconds())
	found.set("consumer", "topic_bytes", topic)
	found.set("consumer", "weir_received_quiet_bytes", quiet)
	found.set("consumer", "weir_received_busy_bytes", busy)
	found.set("consumer", "watch_bytes_of_topic_percent", 100*max(0, busy-quiet)/topic)
	return nil
}

func (b *bench) received(weir *weirSide) (float64, error) {
	begin, err := b.beginWindow(weir)
	if err != nil {
		return 0, err
	}
	time.Sleep(busyFor)
	done, err := b.endWindow(weir, begin)
	return done.received, err
}

func (b *bench) busyEnds() ([]support.LogRange, error) {
	logs, err := b.workload.Cluster.Logs(map[string]int32{busyTopic: partitions}, false)
	return logs[busyTopic], err
}

func (b *bench) busyRecords() (int64, error) {
	ends, err := b.busyEnds()
	sum := int64(0)
	for _, log := range ends {
		sum += log.End
	}
	return sum, err
}

func (b *bench) commitBusy() error {
	ends, err := b.busyEnds()
	if err != nil {
		return err
	}
	commits := map[int32]int64{}
	for partition, log := range ends {
		commits[int32(partition)] = log.End
	}
	return b.workload.Cluster.Commit(busyGroup, support.Commits{busyTopic: commits})
}

// keepCommitting is the consumer: it has read all that there is, and says so.
func (b *bench) keepCommitting(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := b.commitBusy(); err != nil {
			return err
		}
		time.Sleep(commitEvery)
	}
	return nil
}

func (b *bench) keepProducing(ctx context.Context) error {
	const tick = 10 * time.Millisecond
	producer, err := sarama.NewSyncProducerFromClient(b.workload.Cluster.Client)
	if err != nil {
		return err
	}
	defer producer.Close()
	value := sarama.StringEncoder(strings.Repeat("x", recordBytes))
	sent := 0
	begin := time.Now()
	for ctx.Err() == nil {
		var records []*sarama.ProducerMessage
		for due := int(time.Since(begin).Seconds() * busyPerSecond); sent < due; sent++ {
			records = append(records, &sarama.ProducerMessage{Topic: busyTopic, Partition: int32(sent % partitions), Value: value})
		}
		if err := producer.SendMessages(records); err != nil {
			return err
		}
		time.Sleep(tick)
	}
	return nil
}
