package keda

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"weir.dev/weir/tests/keda/support"

	"github.com/kedacore/keda/v2/pkg/scalers"
	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
)

// compared is what KEDA and Weir said of one row.
type compared struct {
	row                *row
	keda, weir         outcome
	kedaError, weirErr error
}

// TestDifferential lets KEDA's own Kafka scalers and Weir, over each of its Kafka clients, look at the same broker. Every answer of KEDA's must be what
// the model makes of the state without any rule, every answer of Weir's what it makes of it with all of them; so a
// difference is always one of the rules in docs/differences.md, and has exactly the value that the rule gives.
func TestDifferential(t *testing.T) {
	documented := documentedRules(t)
	cluster := connect(t, startBroker(t))
	rng := rand.New(rand.NewPCG(*seedFlag, 0))
	p := buildPool(t, cluster, rng)
	rows := makeRows(t, cluster, p, rng)
	clients := strings.Split(*clientsFlag, ",")
	weirs := map[string]*support.Weir{}
	for _, client := range clients {
		weirs[client] = startWeir(t, "--kafka-client", client)
	}
	t.Logf("seed %d: %d topics, %d rows", *seedFlag, len(p.partitions), len(rows))

	results := compareAll(t, weirs, rows)
	for _, client := range clients {
		t.Run(client, func(t *testing.T) {
			tally := newTally()
			for _, result := range results[client] {
				tally.add(t, result, p.logs)
			}
			tally.report(t, documented)
			requireClient(t, weirs[client], client)
			t.Run("keys that KEDA does not have", func(t *testing.T) { ownKeys(t, cluster, weirs[client], p) })
		})
	}
}

// requireClient makes sure that the session of the rows was served by the client that was asked for.
func requireClient(t *testing.T, weir *support.Weir, client string) {
	t.Helper()
	_, body, err := weir.Get("/status")
	must(t, err)
	var status struct{ Sessions []struct{ Source string } }
	must(t, json.Unmarshal([]byte(body), &status))
	if len(status.Sessions) == 0 {
		t.Error("no session is in /status")
	}
	for _, session := range status.Sessions {
		if session.Source != client && client != "auto" {
			t.Errorf("a session is served by %s, not %s", session.Source, client)
		}
	}
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

func compareAll(t *testing.T, weirs map[string]*support.Weir, rows []*row) map[string][]*compared {
	t.Helper()
	direct, results := map[string]pb.ExternalScalerClient{}, map[string][]*compared{}
	for client, weir := range weirs {
		external(t, weir.GRPC, trigger{metadata: map[string]string{}}) // keeps the shared connection open
		direct[client] = bare(t, weir.GRPC)
		results[client] = make([]*compared, len(rows))
	}
	work := make(chan int)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			for i := range work {
				keda := compared{row: rows[i]}
				keda.askKeda()
				var asked sync.WaitGroup
				for client, weir := range weirs {
					both := keda
					results[client][i] = &both
					asked.Go(func() { both.askWeir(weir.GRPC, direct[client]) })
				}
				asked.Wait()
			}
		})
	}
	begin := time.Now()
	for i := range rows {
		work <- i
	}
	close(work)
	workers.Wait()
	t.Logf("asked KEDA and Weir about %d rows in %v", len(rows), time.Since(begin).Round(time.Millisecond))
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
