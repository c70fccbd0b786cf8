package keda

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"weir.dev/weir/tests/keda/support"

	"github.com/kedacore/keda/v2/pkg/scalers"
	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
)

// compared is what both said of one row.
type compared struct {
	row                *row
	keda, weir         outcome
	kedaError, weirErr error
}

// TestDifferential lets KEDA's own Kafka scalers and Weir look at the same broker. Every answer of KEDA's must be what
// the model makes of the state without any rule, every answer of Weir's what it makes of it with all of them; so a
// difference is always one of the rules in docs/differences.md, and has exactly the value that the rule gives.
func TestDifferential(t *testing.T) {
	documented := documentedRules(t)
	cluster := connect(t, startBroker(t))
	rng := rand.New(rand.NewPCG(*seedFlag, 0))
	p := buildPool(t, cluster, rng)
	rows := makeRows(t, cluster, p, rng)
	weir := startWeir(t)
	t.Logf("seed %d: %d topics, %d rows", *seedFlag, len(p.partitions), len(rows))

	results := compareAll(t, weir, rows)
	tally := newTally()
	for _, result := range results {
		tally.add(t, result, p.logs)
	}
	tally.report(t, documented)
	t.Run("keys that KEDA does not have", func(t *testing.T) { ownKeys(t, cluster, weir, p) })
}

func makeRows(t *testing.T, cluster *support.Cluster, p *pool, rng *rand.Rand) []*row {
	t.Helper()
	g := &generator{rng: rng, pool: p, bootstrap: cluster.Bootstrap}
	var rows []*row
	for id := range *rowsFlag {
		r := g.row(id)
		if len(r.commits) > 0 {
			must(t, cluster.Commit(r.group, r.commits))
		}
		rows = append(rows, r)
	}
	addInternalTopics(t, cluster, p)
	return rows
}

// KEDA's scaler counts Kafka's own topics too when it counts the whole cluster.
func addInternalTopics(t *testing.T, cluster *support.Cluster, p *pool) {
	t.Helper()
	details, err := cluster.Admin.ListTopics()
	must(t, err)
	internal := map[string]int32{}
	for topic, detail := range details {
		if _, known := p.partitions[topic]; !known {
			internal[topic] = detail.NumPartitions
		}
	}
	logs, err := cluster.Logs(internal, false)
	must(t, err)
	for topic, ranges := range logs {
		p.logs[topic] = ranges
	}
}

func (r *row) trigger() trigger {
	return trigger{namespace: "differential", name: fmt.Sprintf("row-%d", r.id), index: r.id % 3,
		metadata: r.metadata, env: r.env}
}

func compareAll(t *testing.T, weir *support.Weir, rows []*row) []*compared {
	t.Helper()
	external(t, weir.GRPC, trigger{metadata: map[string]string{}}) // keeps the shared connection open
	direct := bare(t, weir.GRPC)
	results := make([]*compared, len(rows))
	work := make(chan int)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := range work {
				results[i] = &compared{row: rows[i]}
				results[i].askKeda()
				results[i].askWeir(weir.GRPC, direct)
			}
		})
	}
	begin := time.Now()
	for i := range rows {
		work <- i
	}
	close(work)
	workers.Wait()
	t.Logf("asked both about %d rows in %v", len(rows), time.Since(begin).Round(time.Millisecond))
	return results
}

func (c *compared) askKeda() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	create := scalers.NewKafkaScaler
	if c.row.apache {
		create = scalers.NewApacheKafkaScaler
	}
	scaler, err := create(ctx, c.row.trigger().config(""))
	if err != nil {
		c.keda, c.kedaError = outcome{failed: badMetadata}, err
		return
	}
	defer scaler.Close(ctx)
	c.keda, c.kedaError = look(ctx, scaler, c.row.polls)
}

func (c *compared) askWeir(address string, direct pb.ExternalScalerClient) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	scaler, err := scalers.NewExternalScaler(c.row.trigger().config(address))
	if err != nil {
		c.weir, c.weirErr = outcome{failed: badMetadata}, err
		return
	}
	defer scaler.Close(ctx)
	c.weir, c.weirErr = lookPatiently(ctx, scaler)
	if c.weir.failed == badMetadata { // KEDA's client keeps the error to its log
		_, c.weirErr = direct.GetMetricSpec(ctx, c.row.trigger().ref())
	}
	if c.row.patient && c.weirErr == nil {
		time.Sleep(1100 * time.Millisecond) // persistentLagSeconds of the row, by Weir's own clock
		c.weir, c.weirErr = lookPatiently(ctx, scaler)
	}
}
