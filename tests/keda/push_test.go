package keda

import (
	"context"
	"errors"
	"io"
	"reflect"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	v2 "k8s.io/api/autoscaling/v2"

	"github.com/kedacore/keda/v2/pkg/scalers"
	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"weir.dev/weir/tests/keda/support"
)

// oneGroup makes a topic of three partitions with ten records each and a group that has read all but `behind` of each.
func oneGroup(t testing.TB, cluster *support.Cluster, topic, group string, behind int64) {
	t.Helper()
	if err := cluster.CreateTopics(map[string]int32{topic: 3}); err != nil {
		t.Fatal(err)
	}
	var records []support.Records
	commits := support.Commits{topic: {}}
	for partition := range int32(3) {
		records = append(records, support.Records{Topic: topic, Partition: partition, Count: 10})
		commits[topic][partition] = 10 - behind
	}
	if err := errors.Join(cluster.Produce(records...), cluster.Commit(group, commits)); err != nil {
		t.Fatal(err)
	}
}

func pushScaler(t *testing.T, address string, trigger trigger) scalers.PushScaler {
	t.Helper()
	scaler, err := scalers.NewExternalPushScaler(trigger.config(address))
	must(t, err)
	t.Cleanup(func() { _ = scaler.Close(context.Background()) })
	return scaler
}

// receive waits for a value that is wanted; others are passed over.
func receive[T any](t *testing.T, values <-chan T, limit time.Duration, what string, wanted func(T) bool) T {
	t.Helper()
	deadline := time.After(limit)
	for {
		select {
		case value, open := <-values:
			if !open {
				t.Fatalf("the channel was closed before %s", what)
			}
			if wanted(value) {
				return value
			}
		case <-deadline:
			t.Fatalf("no %s within %v", what, limit)
		}
	}
}

func TestPushScalerHearsOfFirstRecord(t *testing.T) {
	broker := startBroker(t)
	cluster := connect(t, broker)
	oneGroup(t, cluster, "orders", "shop", 0)
	weir := startWeir(t, "--refresh-interval", "500ms")
	orders := trigger{namespace: "shop", name: "orders", metadata: map[string]string{
		"bootstrapServers": broker.Plain(), "consumerGroup": "shop", "topic": "orders", "lagThreshold": "5"}}
	scaler := pushScaler(t, weir.GRPC, orders)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	active := make(chan bool)
	go scaler.Run(ctx, active)
	receive(t, active, 5*time.Second, "first state", func(on bool) bool {
		if on {
			t.Fatal("an idle group is reported as active")
		}
		return true
	})
	begin := time.Now()
	must(t, cluster.Produce(support.Records{Topic: "orders", Partition: 1, Count: 1}))
	receive(t, active, 5*time.Second, "true after a record was produced", func(on bool) bool { return on })
	t.Logf("true arrived %v after the record was produced", time.Since(begin).Round(time.Millisecond))

	seen, err := look(within(t, 5*time.Second), scaler, 1)
	must(t, err)
	if !seen.is(outcome{value: 1000, target: 5000, active: true}) {
		t.Errorf("polled after the push: %+v", seen)
	}
}

func TestStreamMetricSpecEqualsGetMetricSpec(t *testing.T) {
	broker := startBroker(t)
	oneGroup(t, connect(t, broker), "orders", "shop", 0)
	orders := trigger{namespace: "shop", name: "orders", index: 2, metadata: map[string]string{
		"bootstrapServers": broker.Plain(), "consumerGroup": "shop", "topic": "orders", "lagThreshold": "7"}}
	run := func(weir *support.Weir) (scalers.PushScaler, <-chan []v2.MetricSpec) {
		scaler := pushScaler(t, weir.GRPC, orders)
		ctx, cancel := context.WithCancel(context.Background())
		t.Cleanup(cancel)
		active := make(chan bool, 16)
		go scaler.Run(ctx, active)
		return scaler, scaler.(interface{ MetricSpecChan() <-chan []v2.MetricSpec }).MetricSpecChan()
	}
	t.Run("with --stream-metric-spec", func(t *testing.T) {
		scaler, specs := run(startWeir(t, "--stream-metric-spec"))
		select {
		case streamed := <-specs:
			asked := scaler.GetMetricSpecForScaling(within(t, 5*time.Second))
			if len(streamed) != 1 || !reflect.DeepEqual(streamed, asked) {
				t.Errorf("streamed %+v, asked %+v", streamed, asked)
			}
		case <-time.After(5 * time.Second):
			t.Error("no spec was streamed")
		}
	})
	t.Run("without, KEDA stops asking", func(t *testing.T) {
		_, specs := run(startWeir(t))
		select {
		case streamed, open := <-specs:
			if open {
				t.Errorf("streamed %+v", streamed)
			}
		case <-time.After(5 * time.Second):
			t.Error("KEDA still waits for a spec")
		}
	})
}

func TestTerminationEndsStreamsWithOK(t *testing.T) {
	const streams = 200
	broker := startBroker(t)
	oneGroup(t, connect(t, broker), "orders", "shop", 0)
	weir := startWeir(t)
	client := bare(t, weir.GRPC)
	ends := make(chan error, streams)
	for i := range streams {
		stream, err := client.StreamIsActive(within(t, time.Minute), &pb.ScaledObjectRef{
			Namespace: "shop", Name: "orders-" + strconv.Itoa(i),
			ScalerMetadata: map[string]string{
				"bootstrapServers": broker.Plain(), "consumerGroup": "shop", "topic": "orders"}})
		must(t, err)
		_, err = stream.Recv()
		must(t, err)
		go func() {
			for {
				if _, err := stream.Recv(); err != nil {
					ends <- err
					return
				}
			}
		}()
	}
	code, took, err := weir.Stop()
	must(t, err)
	t.Logf("exit %d after %v", code, took.Round(time.Millisecond))
	if code != 0 || took > 3*time.Second {
		t.Errorf("exit code %d after %v, want 0 within 3 s", code, took)
	}
	for range streams {
		if err := <-ends; !errors.Is(err, io.EOF) {
			t.Errorf("a stream ended with %v (%v), want EOF", err, status.Code(err) == codes.OK)
		}
	}
}
