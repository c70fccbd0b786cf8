package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kedacore/keda/v2/pkg/scalers"
	"github.com/kedacore/keda/v2/pkg/scalers/scalersconfig"

	"weir.dev/weir/tests/keda/load"
)

// The poller is KEDA's side, in a process of its own so that its CPU time and memory can be read: it holds a scaler for
// each trigger, as KEDA's operator does. It obeys lines on its standard input and answers each with one line of JSON.

// order is what the poller is told: to hold scalers for so many triggers, to poll all that it holds, or (none of both)
// to count its traffic.
type order struct {
	Hold int  `json:"hold"`
	Poll bool `json:"poll"`
}

type answer struct {
	Milliseconds float64 `json:"milliseconds"`
	Errors       int64   `json:"errors"`
	FirstError   string  `json:"first_error"`
	Sent         uint64  `json:"sent"`     // bytes of the connections that are open now, since they were opened
	Received     uint64  `json:"received"` // likewise
}

type constructor func(context.Context, *scalersconfig.ScalerConfig) (scalers.Scaler, error)

var constructors = map[string]constructor{
	"kafka":        scalers.NewKafkaScaler,
	"apache-kafka": scalers.NewApacheKafkaScaler,
}

type poller struct {
	make     constructor
	triggers []load.Trigger
	scalers  []scalers.Scaler

	failures   atomic.Int64
	firstError atomic.Value
}

// runPoller is the whole child process.
func runPoller(kind, file string, orders io.Reader, answers io.Writer) error {
	triggers, err := load.Read(file)
	if err != nil {
		return err
	}
	p := &poller{make: constructors[kind], triggers: triggers}
	if p.make == nil {
		return fmt.Errorf("no scaler named %q", kind)
	}
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		var order order
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return err
		}
		answer, err := p.obey(order)
		if err != nil {
			return err
		}
		if err := json.NewEncoder(answers).Encode(answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (p *poller) obey(order order) (answer, error) {
	p.failures.Store(0)
	p.firstError = atomic.Value{}
	begin := time.Now()
	switch {
	case order.Hold > 0:
		p.hold(order.Hold)
	case order.Poll:
		p.poll()
	}
	took := time.Since(begin)
	traffic, err := ownTraffic()
	first, _ := p.firstError.Load().(string)
	return answer{Milliseconds: milliseconds(took), Errors: p.failures.Load(), FirstError: first,
		Sent: traffic.sent, Received: traffic.received}, err
}

func (p *poller) fail(err error) {
	p.failures.Add(1)
	p.firstError.CompareAndSwap(nil, err.Error())
}

// hold makes the scalers that are missing, some at a time: at its start KEDA does not make all at once either.
func (p *poller) hold(count int) {
	const atOnce = 8
	first := len(p.scalers)
	p.scalers = append(p.scalers, make([]scalers.Scaler, count-first)...)
	var workers sync.WaitGroup
	for worker := range atOnce {
		workers.Go(func() {
			for i := first + worker; i < count; i += atOnce {
				scaler, err := p.make(context.Background(), config(p.triggers[i]))
				if err != nil {
					p.fail(err)
					continue
				}
				p.scalers[i] = scaler
			}
		})
	}
	workers.Wait()
}

// poll asks all scalers at once, each on a goroutine of its own, as KEDA's scale loops do.
func (p *poller) poll() {
	var polls sync.WaitGroup
	for i, scaler := range p.scalers {
		if scaler == nil {
			p.fail(fmt.Errorf("%s has no scaler", p.triggers[i].Name))
			continue
		}
		polls.Go(func() { p.pollOne(scaler, p.triggers[i]) })
	}
	polls.Wait()
}

func (p *poller) pollOne(scaler scalers.Scaler, trigger load.Trigger) {
	values, _, err := scaler.GetMetricsAndActivity(context.Background(), trigger.MetricName)
	if err != nil {
		p.fail(err)
		return
	}
	if len(values) != 1 || float64(values[0].Value.MilliValue())/1000 != trigger.Value {
		p.fail(fmt.Errorf("%s: %v, the value is %v", trigger.Name, values, trigger.Value))
	}
}

// config is a trigger as KEDA hands it to a scaler.
func config(trigger load.Trigger) *scalersconfig.ScalerConfig {
	return &scalersconfig.ScalerConfig{
		ScalableObjectName: trigger.Name, ScalableObjectNamespace: trigger.Namespace, ScalableObjectType: "ScaledObject",
		TriggerMetadata: trigger.Metadata, AuthParams: trigger.Auth,
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func pollerMain(args []string) int {
	if err := runPoller(args[0], args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "poller:", err)
		return 2
	}
	return 0
}
