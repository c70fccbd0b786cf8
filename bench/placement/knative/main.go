// Measures the scheduler of knative.dev/eventing at what bench/placement/placement_bench.cc measures of Weir's: all groups
// placed from nothing, one group's change, and nothing to change. Prints one JSON object.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"syscall"
	"time"
)

type result struct {
	Pods      int     `json:"pods"`
	Groups    int     `json:"groups"`
	VReplicas int     `json:"vreplicas"`
	Capacity  int     `json:"capacity"`
	AllMs     float64 `json:"allMs"`    // every group from nothing
	AllCPU    float64 `json:"allCpuMs"` // the same in CPU time, garbage collection included
	ChangeMs  float64 `json:"changeMs"` // median of one group's change, one more or one less
	ChangeCPU float64 `json:"changeCpuMs"`
	Unchanged float64 `json:"nothingMs"` // median of a group that has what it wants
	UnchCPU   float64 `json:"nothingCpuMs"`
	Placed    int     `json:"placed"`
	Calls     int     `json:"calls"` // that the medians are of
}

func main() {
	pods := flag.Int("pods", 1000, "pods of the pool")
	groups := flag.Int("groups", 1000, "groups")
	vreplicas := flag.Int("vreplicas", 20, "virtual replicas of each group")
	capacity := flag.Int("capacity", 25, "virtual replicas a pod")
	calls := flag.Int("calls", 50, "single calls to time")
	most := flag.Int("most", 0, "groups to place from nothing, 0 for all; the time is then that of so many")
	flag.Parse()
	measured, err := measure(*pods, *groups, *vreplicas, *capacity, *calls, *most)
	if err != nil {
		fmt.Fprintln(os.Stderr, "knative:", err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(measured); err != nil {
		os.Exit(1)
	}
}

func measure(pods, groups, vreplicas, capacity, calls, most int) (*result, error) {
	p, err := newPool(pods, capacity)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if most == 0 || most > groups {
		most = groups
	}
	for i := range groups {
		p.add(fmt.Sprintf("group-%d", i), int32(vreplicas))
	}
	begun, cpu := time.Now(), cpuTime()
	for i := range most {
		if err := p.schedule(i); err != nil {
			return nil, err
		}
	}
	r := &result{Pods: pods, Groups: groups, VReplicas: vreplicas, Capacity: capacity, AllMs: ms(time.Since(begun)), AllCPU: ms(cpuTime() - cpu), Calls: calls}
	if most < groups {
		// The rest gets placements that nothing decided, so that single calls read as many of them.
		p.placeEvenly(most)
	}
	r.Placed = p.placed()
	if r.ChangeMs, r.ChangeCPU, err = p.time(calls, most, func(i int) { p.vpods[i%most].vreplicas += int32(1 - 2*(i/most%2)) }); err != nil {
		return nil, err
	}
	if r.Unchanged, r.UnchCPU, err = p.time(calls, most, func(int) {}); err != nil {
		return nil, err
	}
	return r, nil
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// time makes calls about the first `groups`, each after a change to its group: the median and the CPU time of one, in ms.
func (p *pool) time(calls, groups int, change func(i int)) (median, cpu float64, err error) {
	times := make([]time.Duration, 0, calls)
	cpuBegun := cpuTime()
	for i := range calls {
		change(i)
		begun := time.Now()
		err := p.schedule(i % groups)
		times = append(times, time.Since(begun))
		if err != nil {
			return 0, 0, err
		}
	}
	cpu = ms(cpuTime()-cpuBegun) / float64(calls)
	sort.Slice(times, func(a, b int) bool { return times[a] < times[b] })
	return ms(times[len(times)/2]), cpu, nil
}
