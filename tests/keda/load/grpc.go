package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"weir.dev/weir/tests/keda/support"
)

// Calls is what weir_grpc_load says of its GetMetrics calls.
type Calls struct {
	Calls      int     `json:"calls"`
	PerSecond  float64 `json:"calls_per_second"`
	Errors     int     `json:"errors"`
	FirstError string  `json:"first_error"`
	P50        float64 `json:"p50_ms"`
	P99        float64 `json:"p99_ms"`
	Max        float64 `json:"max_ms"`
}

// loadProgram lies beside the weir under test.
func loadProgram() string {
	if path := os.Getenv("WEIR_GRPC_LOAD"); path != "" {
		return path
	}
	return filepath.Join(filepath.Dir(support.Binary()), "bench", "weir_grpc_load")
}

// GetMetrics calls for some seconds, over one connection, with so many calls in flight. A wrong answer is an error.
func GetMetrics(address string, triggers []Trigger, inFlight, seconds int) (Calls, error) {
	file, err := os.CreateTemp("", "weir-triggers-*.json")
	if err != nil {
		return Calls{}, err
	}
	_ = file.Close()
	defer os.Remove(file.Name())
	if err := Write(file.Name(), triggers); err != nil {
		return Calls{}, err
	}
	command := exec.Command(loadProgram(), address, file.Name(), fmt.Sprint(inFlight), fmt.Sprint(seconds))
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return Calls{}, fmt.Errorf("%s: %w", loadProgram(), err)
	}
	var calls Calls
	if err := json.Unmarshal(output, &calls); err != nil {
		return Calls{}, err
	}
	if calls.Errors > 0 {
		return calls, fmt.Errorf("%d of %d calls failed, the first with: %s", calls.Errors, calls.Calls, calls.FirstError)
	}
	return calls, nil
}

// Client is a bare client of a scaler, over one connection.
type Client struct {
	pb.ExternalScalerClient
	connection *grpc.ClientConn
}

// Dial connects at the first call.
func Dial(address string) (*Client, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	return &Client{pb.NewExternalScalerClient(connection), connection}, nil
}

// Close closes the connection.
func (c *Client) Close() { _ = c.connection.Close() }

// AwaitValues asks for every trigger until each is answered with the value that it should have.
func (c *Client) AwaitValues(ctx context.Context, triggers []Trigger, limit time.Duration) error {
	const pause = 100 * time.Millisecond
	return inParallel(0, len(triggers), func(i int) error { return c.AwaitValue(ctx, triggers[i], pause, limit) })
}

// AwaitValue asks again and again, with a pause in between.
func (c *Client) AwaitValue(ctx context.Context, trigger Trigger, pause, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		err := c.ask(ctx, trigger)
		if err == nil || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}

func (c *Client) ask(ctx context.Context, trigger Trigger) error {
	response, err := c.GetMetrics(ctx, &pb.GetMetricsRequest{MetricName: trigger.MetricName, ScaledObjectRef: trigger.Ref()})
	if err != nil {
		return fmt.Errorf("%s: %w", trigger.Name, err)
	}
	if len(response.MetricValues) != 1 || response.MetricValues[0].MetricValueFloat != trigger.Value {
		return fmt.Errorf("%s: %v, the value is %v", trigger.Name, response.MetricValues, trigger.Value)
	}
	return nil
}

// OpenStreams opens a StreamIsActive for each trigger and waits for its first message.
func (c *Client) OpenStreams(ctx context.Context, triggers []Trigger) error {
	return inParallel(0, len(triggers), func(i int) error {
		stream, err := c.StreamIsActive(ctx, triggers[i].Ref())
		if err != nil {
			return err
		}
		if _, err := stream.Recv(); err != nil {
			return errors.Join(fmt.Errorf("stream of %s", triggers[i].Name), err)
		}
		return nil
	})
}
