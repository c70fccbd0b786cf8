package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"
	"github.com/kedacore/keda/v2/pkg/scalers"

	"weir.dev/weir/tests/keda/load"
)

// pushClients are KEDA's own push clients, one for each trigger, all over one connection as KEDA has it.
type pushClients struct {
	clients []scalers.PushScaler
	began   time.Time
	opened  []atomic.Bool
	heard   []atomic.Int64 // nanoseconds since began at which the first `true` came since it was last forgotten; 0: none
	cancel  context.CancelFunc
	running sync.WaitGroup
}

func openPush(triggers []load.Trigger) (*pushClients, error) {
	ctx, cancel := context.WithCancel(context.Background())
	p := &pushClients{began: time.Now(), cancel: cancel,
		opened: make([]atomic.Bool, len(triggers)), heard: make([]atomic.Int64, len(triggers))}
	for i, trigger := range triggers {
		client, err := scalers.NewExternalPushScaler(config(trigger))
		if err != nil {
			p.close()
			return nil, err
		}
		p.clients = append(p.clients, client)
		states := make(chan bool)
		p.running.Go(func() {
			client.Run(ctx, states)
		})
		p.running.Go(func() { p.listen(ctx, i, states) })
	}
	return p, p.awaitOpen(time.Minute)
}

func (p *pushClients) listen(ctx context.Context, i int, states <-chan bool) {
	for {
		select {
		case active, open := <-states:
			if !open {
				return
			}
			p.opened[i].Store(true)
			if active {
				p.heard[i].CompareAndSwap(0, int64(time.Since(p.began)))
			}
		case <-ctx.Done():
			return
		}
	}
}

// awaitOpen waits for the first state of each.
func (p *pushClients) awaitOpen(limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for i := range p.opened {
		for !p.opened[i].Load() {
			if time.Now().After(deadline) {
				return fmt.Errorf("push client %d of %d has heard no state within %v", i, len(p.opened), limit)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	return nil
}

func (p *pushClients) close() {
	p.cancel()
	for _, client := range p.clients {
		_ = client.Close(context.Background())
	}
	p.running.Wait()
}

const (
	productionsApart = 150 * time.Millisecond
	// Weir watches a partition whose end has not moved for 5 s, as seen by its refreshes: so long, twice an interval,
	// after the last commit.
	settle       = 2*refreshInterval + 6*time.Second
	longestHeard = 15 * time.Second
)

// latencies from the moment at which the producer is asked, in milliseconds.
type latencies struct {
	one     []float64 // until one client of the topic was told, chosen by chance
	all     []float64 // until the last client of the topic was told
	unheard int       // clients never told; they count as longestHeard
}

// activations produces one record to each topic in turn while all its groups are idle, so many times.
func (b *bench) activations(weir *weirSide, clients *pushClients, triggers []load.Trigger, times int) (latencies, error) {
	producer, err := sarama.NewSyncProducerFromClient(b.workload.Cluster.Client)
	if err != nil {
		return latencies{}, err
	}
	defer producer.Close()
	var found latencies
	for round := range times {
		if err := b.allIdle(weir, triggers); err != nil {
			return latencies{}, err
		}
		for i := range clients.heard {
			clients.heard[i].Store(0)
		}
		produced := make([]time.Duration, topics)
		for _, topic := range rand.Perm(topics) {
			produced[topic] = time.Since(clients.began)
			if _, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: load.Topic(topic),
				Partition: rand.Int32N(partitions), Value: sarama.StringEncoder("x")}); err != nil {
				return latencies{}, err
			}
			time.Sleep(time.Until(clients.began.Add(produced[topic] + productionsApart)))
		}
		clients.awaitHeard(longestHeard)
		for topic, at := range produced {
			found.add(clients, topic, at)
		}
		b.say("%d activations: p50 %.1f ms, p99 %.1f ms, %d clients unheard", (round+1)*topics, percentile(found.one, 50),
			percentile(found.one, 99), found.unheard)
	}
	return found, nil
}

// allIdle lets every group catch up, and waits until weir says so and watches the partitions again.
func (b *bench) allIdle(weir *weirSide, triggers []load.Trigger) error {
	if err := b.workload.Behind(0, len(triggers), 0); err != nil {
		return err
	}
	if err := weir.client.AwaitValues(context.Background(), triggers, time.Minute); err != nil {
		return err
	}
	time.Sleep(settle)
	return nil
}

func (p *pushClients) awaitHeard(limit time.Duration) {
	deadline := time.Now().Add(limit)
	for i := range p.heard {
		for p.heard[i].Load() == 0 && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
	}
}

func (l *latencies) add(clients *pushClients, topic int, produced time.Duration) {
	var each []float64
	for i := topic; i < len(clients.heard); i += topics {
		heard := time.Duration(clients.heard[i].Load())
		if heard == 0 {
			heard = produced + longestHeard
			l.unheard++
		}
		each = append(each, milliseconds(heard-produced))
	}
	l.one = append(l.one, each[rand.IntN(len(each))])
	l.all = append(l.all, percentile(each, 100))
}
