// Package support starts what the tests and the load program need: a Kafka broker, the weir binary, and Kafka state.
package support

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Broker is one Kafka broker, started by tests/support/kafka_broker.sh in a directory of its own.
type Broker struct {
	Dir string
	Env map[string]string
}

// Root is the repository, from WEIR_ROOT or two directories up.
func Root() string {
	if root := os.Getenv("WEIR_ROOT"); root != "" {
		return root
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return root
}

func script(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(Root(), "tests", "support", name), args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}

func brokerScript(args ...string) error { return script("kafka_broker.sh", args...) }

// StartBroker returns when the broker answers. args are those of `kafka_broker.sh start DIR`.
func StartBroker(dir string, args ...string) (*Broker, error) {
	broker := &Broker{Dir: dir}
	if err := brokerScript(append([]string{"start", dir}, args...)...); err != nil {
		return nil, err
	}
	if err := broker.readEnv(); err != nil {
		_ = broker.Do("stop")
		return nil, err
	}
	return broker, nil
}

// StartBrokers returns when three brokers, each a controller too, answer. args are those of StartBroker.
func StartBrokers(dir string, args ...string) ([]*Broker, error) {
	if err := script("kafka_cluster.sh", append([]string{"start", dir}, args...)...); err != nil {
		return nil, err
	}
	var brokers []*Broker
	for node := 1; node <= 3; node++ {
		broker := &Broker{Dir: filepath.Join(dir, fmt.Sprint(node))}
		if err := broker.readEnv(); err != nil {
			_ = script("kafka_cluster.sh", "kill", dir)
			return nil, err
		}
		brokers = append(brokers, broker)
	}
	return brokers, nil
}

// Do runs one of stop, pause, resume, kill, restart.
func (b *Broker) Do(verb string) error { return brokerScript(verb, b.Dir) }

// Plain is the address of the listener without authentication.
func (b *Broker) Plain() string { return b.Env["BOOTSTRAP_PLAIN"] }

func (b *Broker) readEnv() error {
	file, err := os.Open(filepath.Join(b.Dir, "env"))
	if err != nil {
		return err
	}
	defer file.Close()
	b.Env = map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, found := strings.Cut(strings.TrimPrefix(lines.Text(), "export "), "=")
		if found {
			b.Env[name] = strings.Trim(value, `'"`)
		}
	}
	return lines.Err()
}
