package keda

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"
)

const watchEvery = 100 * time.Millisecond

// allowance is what Weir may say of a group at the moment.
type allowance struct {
	low, high int64        // the metric
	also      []codes.Code // instead of a metric
}

func exactly(lag int64) allowance { return allowance{low: lag, high: lag} }
func someLag() allowance          { return allowance{low: 1, high: math.MaxInt64} }

func (a allowance) has(code codes.Code, lag int64) bool {
	if code == codes.OK {
		return a.low <= lag && lag <= a.high
	}
	return slices.Contains(a.also, code)
}

// watch asks one Weir for the metric and activity of every group all the time, and fails the test at each answer that
// is not allowed.
type watch struct {
	name   string
	client pb.ExternalScalerClient

	mu       sync.Mutex
	groups   []*watchedGroup
	answers  int
	staleAt  time.Time // from when on no last good value may serve, so that UNAVAILABLE is right
	slowest  time.Duration
	failures int
}

type watchedGroup struct {
	trigger trigger
	allowed allowance
	code    codes.Code
	lag     int64
}

func startWatch(t *testing.T, name, address string, triggers []trigger) *watch {
	t.Helper()
	w := &watch{name: name, client: bare(t, address), staleAt: time.Now()}
	for _, one := range triggers {
		w.groups = append(w.groups, &watchedGroup{trigger: one, allowed: someLag(), code: codes.Unknown})
	}
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for ticks := time.NewTicker(watchEvery); ; {
			select {
			case <-stop:
				ticks.Stop()
				return
			case <-ticks.C:
				for _, group := range w.groups {
					w.ask(t, group)
				}
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-done
		t.Logf("%s: %d answers, the slowest after %v, %d of them wrong",
			name, w.answers, w.slowest.Round(time.Millisecond), w.failures)
	})
	return w
}

func (w *watch) ask(t *testing.T, group *watchedGroup) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	begin := time.Now()
	metrics, err := w.client.GetMetrics(ctx, &pb.GetMetricsRequest{ScaledObjectRef: group.trigger.ref()})
	took := time.Since(begin)
	lag, code := int64(-1), status.Code(err)
	if code == codes.OK {
		lag = int64(metrics.MetricValues[0].MetricValueFloat)
	}
	activity, activityErr := w.client.IsActive(ctx, group.trigger.ref())
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers++
	w.slowest = max(w.slowest, took)
	group.code, group.lag = code, lag
	stale := code == codes.Unavailable && time.Now().After(w.staleAt)
	switch {
	case took > rpcLimit:
		w.complain(t, group, fmt.Sprintf("answered after %v", took))
	case !stale && !group.allowed.has(code, lag):
		w.complain(t, group, fmt.Sprintf("said %v (%v), allowed is %+v", lag, err, group.allowed))
	case code == codes.OK && activityErr == nil && lag > 0 && group.allowed.low > 0 && !activity.Result:
		w.complain(t, group, fmt.Sprintf("said that it is idle with a lag of %d", lag))
	}
}

func (w *watch) complain(t *testing.T, group *watchedGroup, what string) {
	if w.failures++; w.failures <= 20 {
		t.Errorf("%s, group %s at %s: %s", w.name, group.trigger.name, time.Now().Format("15:04:05.000"), what)
	}
}

// allow changes what may be said of the groups that a function picks, by what it makes of what was allowed before.
func (w *watch) allow(change func(group string, before allowance) allowance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, group := range w.groups {
		group.allowed = change(group.trigger.name, group.allowed)
	}
}

// lastGoodServes says that from now on answers may be as old as Weir's limit, and not missing before.
func (w *watch) lastGoodServes(limit time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.staleAt = time.Now().Add(limit)
}

// differences compares the latest answers with what is wanted; nothing says that all are equal.
func (w *watch) differences(want map[string]int64) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	different := ""
	for _, group := range w.groups {
		if lag, named := want[group.trigger.name]; named && (group.code != codes.OK || group.lag != lag) {
			different += fmt.Sprintf(" %s: %s of %s is %d (%v), not %d;", w.name, "lag", group.trigger.name, group.lag, group.code, lag)
		}
	}
	return different
}

// says is the code of the latest answer about a group.
func (w *watch) says(name string) codes.Code {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, group := range w.groups {
		if group.trigger.name == name {
			return group.code
		}
	}
	return codes.Unknown
}
