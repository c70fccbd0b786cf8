// Command bench measures weir beside KEDA's own Kafka scalers, on one broker and in one run, and exits with 1 when a goal
// is missed. docs/performance.md tells what is compared with what.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"weir.dev/weir/tests/keda/support"
)

const (
	topics     = 50
	partitions = 10
	goalGroups = 5000 // the goals are for so many
	mostGroups = 10000
)

// pollerWord as the first argument makes this program KEDA's side, see poller.go.
const pollerWord = "poller"

var (
	groupsFlag = flag.String("groups", "100,1000,5000,10000", "how many groups, comma list, ascending")
	rounds     = flag.Int("rounds", 3, "how often each is measured; medians are told")
	only       = flag.String("only", "growth,moving,streams,consumer,fairness,secured,credentials,restart", "what to measure, comma list")
	kafkaMost  = flag.Int("kafka-most", 5000, "poll KEDA's kafka scaler for at most so many groups")
	apacheMost = flag.Int("apache-kafka-most", 1000, "poll KEDA's apache-kafka scaler for at most so many groups")
	output     = flag.String("json", "build/bench/keda.json", "where the figures go")
)

func main() {
	if len(os.Args) == 4 && os.Args[1] == pollerWord {
		log.SetLogger(logr.Discard())
		os.Exit(pollerMain(os.Args[2:]))
	}
	flag.Parse()
	log.SetLogger(logr.Discard()) // KEDA's scalers log through controller-runtime
	counts, err := groupCounts()
	if err == nil {
		var met bool
		if met, err = run(counts); err == nil && !met {
			os.Exit(1)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(2)
	}
}

func groupCounts() ([]int, error) {
	var counts []int
	for text := range strings.SplitSeq(*groupsFlag, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < topics || (len(counts) > 0 && count <= counts[len(counts)-1]) {
			return nil, fmt.Errorf("-groups %q: must be ascending numbers of at least %d", *groupsFlag, topics)
		}
		counts = append(counts, count)
	}
	return counts, nil
}

func wanted(part string) bool { return strings.Contains(","+*only+",", ","+part+",") }

func run(counts []int) (bool, error) {
	if _, err := os.Stat(support.Binary()); err != nil {
		return false, err
	}
	begin := time.Now()
	found := newFigures()
	failed := measureAll(counts, found) // what was found before a failure is told all the same
	met := found.print()
	if err := found.write(*output); err != nil {
		return false, err
	}
	fmt.Printf("\nall of it took %v; the figures are in %s\n", time.Since(begin).Round(time.Second), *output)
	return met, failed
}

// measureAll does the wanted parts, each on a broker of its own.
func measureAll(counts []int, found figures) error {
	secured := func(b *bench, _ []int, found figures) error { return measureSecured(b, found) }
	for _, part := range []struct {
		names   []string
		measure func(*bench, []int, figures) error
		broker  []string
	}{
		{[]string{"growth"}, measureGrowth, nil},
		{[]string{"moving"}, measureMoving, nil},
		{[]string{"streams"}, measureStreams, nil},
		{[]string{"consumer"}, measureConsumer, nil},
		{[]string{"fairness"}, measureFairness, nil},
		{[]string{"restart"}, measureRestart, nil},
		{[]string{"secured", "credentials"}, secured, []string{"--listeners", "sasl_ssl_scram"}},
	} {
		if !slices.ContainsFunc(part.names, wanted) {
			continue
		}
		err := onBroker(func(b *bench) error { return part.measure(b, counts, found) }, part.broker...)
		if err != nil {
			return fmt.Errorf("%s: %w", part.names[0], err)
		}
	}
	return nil
}
