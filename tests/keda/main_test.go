// Package keda drives Weir with KEDA's own Go clients, against real Kafka brokers.
package keda

import (
	"debug/elf"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"weir.dev/weir/tests/keda/support"
)

var (
	seedFlag    = flag.Uint64("seed", 1, "seed of the differential test")
	rowsFlag    = flag.Int("rows", 600, "rows of the differential test")
	clientsFlag = flag.String("clients", "wire,librdkafka", "Kafka clients of Weir that the differential test compares: wire, librdkafka, auto")
)

func TestMain(m *testing.M) {
	flag.Parse()
	log.SetLogger(logr.Discard()) // KEDA's scalers log through controller-runtime
	if _, err := os.Stat(support.Binary()); err != nil {
		fmt.Fprintf(os.Stderr, "no weir binary: %v; build it, or set WEIR_BIN\n", err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// inTime is a goal for the binary under test: a sanitizer makes it several times slower, which is no fault of its own.
func inTime(goal time.Duration) time.Duration {
	file, err := elf.Open(support.Binary())
	if err != nil {
		return goal
	}
	defer file.Close()
	libraries, _ := file.ImportedLibraries()
	if strings.Contains(strings.Join(libraries, " "), "libasan") {
		return 10 * goal
	}
	return goal
}

func startBroker(t testing.TB, args ...string) *support.Broker {
	t.Helper()
	// Not t.TempDir(): the log of a failed broker shall outlive the test.
	dir, err := os.MkdirTemp("", "weir-keda-broker-")
	if err != nil {
		t.Fatal(err)
	}
	args = append([]string{"--parent", fmt.Sprint(os.Getpid()), "--set", "auto.create.topics.enable=false"}, args...)
	broker, err := support.StartBroker(dir, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = broker.Do("stop")
		if !t.Failed() {
			_ = os.RemoveAll(dir)
		}
	})
	return broker
}

func connect(t testing.TB, broker *support.Broker) *support.Cluster {
	t.Helper()
	cluster, err := support.Connect(broker.Plain(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster
}

func startWeir(t testing.TB, args ...string) *support.Weir {
	t.Helper()
	weir, err := support.StartWeir(args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if how := weir.Crashed(); how != "" {
			lines := strings.Split(weir.Log(), "\n")
			t.Errorf("weir ended by itself, %s: %s", how, lines[len(lines)-1])
		}
		weir.Kill()
		if t.Failed() {
			file := filepath.Join(os.TempDir(), fmt.Sprintf("weir-%d.log", weir.Pid))
			_ = os.WriteFile(file, []byte(weir.Log()), 0o600)
			t.Logf("the log of weir is %s", file)
		}
	})
	return weir
}
