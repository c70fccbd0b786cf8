package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"weir.dev/weir/tests/keda/load"
)

// figures has what was measured: for each count of groups (or kind of run) its figures by name, the unit in the name.
type figures map[string]map[string]float64

func newFigures() figures { return figures{} }

func (f figures) set(run, name string, value float64) {
	if math.IsNaN(value) {
		return // not known
	}
	if f[run] == nil {
		f[run] = map[string]float64{}
	}
	f[run][name] = value
}

func (f figures) setCost(run, side string, c cost) {
	f.set(run, side+"_wall_ms", c.wall)
	f.set(run, side+"_client_cpu_ms", c.client)
	f.set(run, side+"_broker_cpu_ms", c.broker)
	f.set(run, side+"_requests", c.requests)
	f.set(run, side+"_sent_bytes", c.sent)
	f.set(run, side+"_received_bytes", c.received)
	f.set(run, side+"_errors", c.errors)
}

func (f figures) setHoldings(run, side string, h holdings) {
	f.set(run, side+"_connections", h.connections)
	f.set(run, side+"_resident_mb", h.memory)
	f.set(run, side+"_threads", h.threads)
}

func (f figures) write(path string) error {
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// Columns of the growth table, with the names of the figures.
var growthColumns = []struct{ title, side string }{
	{"weir, one refresh", "weir_refresh"}, {"KEDA kafka, one poll", "kafka_poll"}, {"KEDA apache-kafka", "apache-kafka_poll"},
}

var growthRows = []struct{ title, suffix string }{
	{"wall, ms", "_wall_ms"}, {"client CPU, ms", "_client_cpu_ms"}, {"broker CPU, ms", "_broker_cpu_ms"},
	{"requests", "_requests"}, {"bytes sent", "_sent_bytes"}, {"bytes received", "_received_bytes"},
	{"connections", "_connections"}, {"resident memory, MB", "_resident_mb"}, {"errors", "_errors"},
}

// print tells everything, and returns whether every goal was met.
func (f figures) print() bool {
	for _, run := range f.runs() {
		f.printRun(run)
	}
	table := load.Table{}
	f.goals(&table)
	fmt.Printf("\ngoals\n\n")
	return table.Print()
}

// runs are the counts of groups first, then the others.
func (f figures) runs() []string {
	var names []string
	for name := range f {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		switch {
		case errX == nil && errY == nil:
			return x - y
		case errX == nil:
			return -1
		case errY == nil:
			return 1
		}
		return slices.Compare([]byte(a), []byte(b))
	})
	return names
}

func (f figures) printRun(run string) {
	fmt.Printf("\n%s groups\n\n", run)
	shown := map[string]bool{}
	if _, found := f[run]["weir_refresh_wall_ms"]; found {
		fmt.Printf("%-24s", "")
		for _, column := range growthColumns {
			fmt.Printf(" %22s", column.title)
		}
		fmt.Printf(" %12s\n", "kafka : weir")
		for _, row := range growthRows {
			f.printRow(run, row.title, row.suffix, shown)
		}
	}
	var rest []string
	for name := range f[run] {
		if !shown[name] {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	for _, name := range rest {
		fmt.Printf("%-50s %12.5g\n", name, f[run][name])
	}
}

func (f figures) printRow(run, title, suffix string, shown map[string]bool) {
	fmt.Printf("%-24s", title)
	for _, column := range growthColumns {
		name := column.side + suffix
		value, found := f[run][name]
		shown[name] = true
		text := "-"
		if found {
			text = fmt.Sprintf("%.5g", value)
		}
		fmt.Printf(" %22s", text)
	}
	weir, kafka := f[run]["weir_refresh"+suffix], f[run]["kafka_poll"+suffix]
	ratio := "-"
	if weir > 0 && kafka > 0 {
		ratio = fmt.Sprintf("%.1f", kafka/weir)
	}
	fmt.Printf(" %12s\n", ratio)
}
