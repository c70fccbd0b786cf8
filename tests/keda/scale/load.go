package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"weir.dev/weir/tests/keda/support"
)

const recordsPerPartition = 20

// load is the triggers and the client that asks for them, over one connection as KEDA does.
type load struct {
	brokerPort int
	requests   []*pb.GetMetricsRequest
	connection *grpc.ClientConn
	client     pb.ExternalScalerClient
}

// prepare fills the broker: every group has read half of one topic.
func prepare(broker *support.Broker) (*load, error) {
	_, port, err := net.SplitHostPort(broker.Plain())
	if err != nil {
		return nil, err
	}
	l := &load{}
	if l.brokerPort, err = strconv.Atoi(port); err != nil {
		return nil, err
	}
	cluster, err := support.Connect(broker.Plain(), nil)
	if err != nil {
		return nil, err
	}
	defer cluster.Close()
	counts := map[string]int32{}
	var records []support.Records
	for i := range *topics {
		counts[topic(i)] = int32(*partitions)
		for partition := range int32(*partitions) {
			records = append(records, support.Records{Topic: topic(i), Partition: partition, Count: recordsPerPartition})
		}
	}
	if err := errors.Join(cluster.CreateTopics(counts), cluster.Produce(records...)); err != nil {
		return nil, err
	}
	for i := range *triggers {
		if err := l.addTrigger(cluster, i); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func topic(i int) string { return fmt.Sprintf("scale-%02d", i) }

func (l *load) addTrigger(cluster *support.Cluster, i int) error {
	group, name := fmt.Sprintf("group-%04d", i), topic(i%*topics)
	commits := map[int32]int64{}
	for partition := range int32(*partitions) {
		commits[partition] = recordsPerPartition / 2
	}
	l.requests = append(l.requests, &pb.GetMetricsRequest{MetricName: "kafka-" + name, ScaledObjectRef: &pb.ScaledObjectRef{
		Name: group, Namespace: "scale", ScalerMetadata: map[string]string{
			"bootstrapServers": cluster.Bootstrap, "consumerGroup": group, "topic": name, "lagThreshold": "50"}}})
	return cluster.Commit(group, support.Commits{name: commits})
}

func (l *load) connect(address string) error {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	l.connection, l.client = connection, pb.NewExternalScalerClient(connection)
	return nil
}

func (l *load) close() { _ = l.connection.Close() }

// awaitSnapshots asks for each trigger until it is answered.
func (l *load) awaitSnapshots(ctx context.Context) error {
	deadline := time.Now().Add(60 * time.Second)
	for _, request := range l.requests {
		for {
			err := l.ask(ctx, request)
			if err == nil {
				break
			}
			if time.Now().After(deadline) {
				return err
			}
		}
	}
	return nil
}

// ask wants the lag that the group has: a load that is answered wrongly measures nothing.
func (l *load) ask(ctx context.Context, request *pb.GetMetricsRequest) error {
	response, err := l.client.GetMetrics(ctx, request)
	if err != nil {
		return err
	}
	lag := float64(*partitions * recordsPerPartition / 2)
	if len(response.MetricValues) != 1 || response.MetricValues[0].MetricValueFloat != lag {
		return fmt.Errorf("%s: %v, the lag is %v", request.ScaledObjectRef.Name, response.MetricValues, lag)
	}
	return nil
}

// getMetrics calls for some time and returns every latency, sorted.
func (l *load) getMetrics(ctx context.Context, inFlight int, duration time.Duration) ([]time.Duration, error) {
	end := time.Now().Add(duration)
	results := make([][]time.Duration, inFlight)
	failures := make([]error, inFlight)
	var callers sync.WaitGroup
	for caller := range inFlight {
		callers.Go(func() {
			for i := caller; time.Now().Before(end); i += inFlight {
				begin := time.Now()
				if err := l.ask(ctx, l.requests[i%len(l.requests)]); err != nil {
					failures[caller] = err
					return
				}
				results[caller] = append(results[caller], time.Since(begin))
			}
		})
	}
	callers.Wait()
	all := slices.Concat(results...)
	slices.Sort(all)
	return all, errors.Join(failures...)
}

// openStreams opens a StreamIsActive for each trigger and waits for its first message.
func (l *load) openStreams(ctx context.Context) error {
	for _, request := range l.requests {
		stream, err := l.client.StreamIsActive(ctx, request.ScaledObjectRef)
		if err != nil {
			return err
		}
		if _, err := stream.Recv(); err != nil {
			return err
		}
	}
	return nil
}

func milliseconds(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[(len(sorted)-1)*percent/100]) / float64(time.Millisecond)
}
