package keda

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	v2 "k8s.io/api/autoscaling/v2"

	"github.com/kedacore/keda/v2/pkg/scalers"
	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"
)

// trigger is one trigger of a ScaledObject, as KEDA hands it to a scaler.
type trigger struct {
	namespace, name string
	index           int
	metadata        map[string]string
	env             map[string]string
	auth            map[string]string
}

func (t trigger) config(scalerAddress string) *scalersconfig.ScalerConfig {
	metadata := maps.Clone(t.metadata)
	if scalerAddress != "" {
		metadata["scalerAddress"] = scalerAddress
	}
	return &scalersconfig.ScalerConfig{
		ScalableObjectName: t.name, ScalableObjectNamespace: t.namespace, ScalableObjectType: "ScaledObject",
		TriggerMetadata: metadata, ResolvedEnv: t.env, AuthParams: t.auth, TriggerIndex: t.index,
	}
}

// ref is the trigger as it goes over the wire: keys that end in FromEnv carry the value of the variable.
func (t trigger) ref() *pb.ScaledObjectRef {
	metadata := map[string]string{}
	for key, value := range t.metadata {
		if strings.HasSuffix(key, "FromEnv") {
			value = t.env[value]
		}
		metadata[key] = value
	}
	return &pb.ScaledObjectRef{Namespace: t.namespace, Name: t.name, ScalerMetadata: metadata}
}

// external is KEDA's client of an external scaler, closed with the test.
func external(t testing.TB, address string, trigger trigger) scalers.Scaler {
	t.Helper()
	scaler, err := scalers.NewExternalScaler(trigger.config(address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = scaler.Close(context.Background()) })
	return scaler
}

// bare is a gRPC client without anything of KEDA's.
func bare(t testing.TB, address string) pb.ExternalScalerClient {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return pb.NewExternalScalerClient(connection)
}

func within(t testing.TB, limit time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

// look asks a scaler as KEDA's scale loop does.
func look(ctx context.Context, scaler scalers.Scaler, polls int) (outcome, error) {
	specs := scaler.GetMetricSpecForScaling(ctx)
	if len(specs) != 1 {
		return outcome{failed: badMetadata}, fmt.Errorf("%d metric specs", len(specs))
	}
	spec := specs[0].External
	seen := outcome{name: spec.Metric.Name, target: target(spec.Target)}
	for range polls {
		values, active, err := scaler.GetMetricsAndActivity(ctx, spec.Metric.Name)
		if err != nil {
			return outcome{failed: failsPoll, name: seen.name, target: seen.target}, err
		}
		if len(values) != 1 {
			return outcome{failed: failsPoll}, fmt.Errorf("%d metric values", len(values))
		}
		seen.value, seen.active = values[0].Value.MilliValue(), active
	}
	return seen, nil
}

func target(t v2.MetricTarget) int64 {
	if t.AverageValue == nil {
		return -1
	}
	return t.AverageValue.MilliValue()
}

// lookPatiently asks again while the answer is that Weir has no snapshot yet, as KEDA does at its next poll.
func lookPatiently(ctx context.Context, scaler scalers.Scaler) (outcome, error) {
	for {
		seen, err := look(ctx, scaler, 1)
		if status.Code(err) != codes.Unavailable || ctx.Err() != nil {
			return seen, err
		}
	}
}

// eventually waits until a condition holds, asking every 20 ms, and fails with what it last said.
func eventually(t testing.TB, limit time.Duration, what string, condition func() (bool, string)) time.Duration {
	t.Helper()
	begin := time.Now()
	for {
		ok, seen := condition()
		if ok {
			return time.Since(begin)
		}
		if time.Since(begin) > limit {
			t.Fatalf("after %v still not: %s; seen: %s", limit, what, seen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
