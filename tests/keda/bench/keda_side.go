package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"weir.dev/weir/tests/keda/load"
	"weir.dev/weir/tests/keda/support"
)

// kedaSide is the running poller.
type kedaSide struct {
	command *exec.Cmd
	orders  io.WriteCloser
	answers *json.Decoder
}

// startKEDA starts this program again as a poller for the triggers.
func startKEDA(dir, kind string, triggers []load.Trigger) (*kedaSide, error) {
	file := filepath.Join(dir, kind+"-triggers.json")
	if err := load.Write(file, triggers); err != nil {
		return nil, err
	}
	k := &kedaSide{command: exec.Command(os.Args[0], pollerWord, kind, file)}
	k.command.Stderr = os.Stderr
	k.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if k.orders, err = k.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := k.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	k.answers = json.NewDecoder(bufio.NewReader(output))
	return k, k.command.Start()
}

func (k *kedaSide) pid() int { return k.command.Process.Pid }

func (k *kedaSide) close() {
	_ = k.orders.Close()
	_ = k.command.Process.Kill()
	_ = k.command.Wait()
}

func (k *kedaSide) obey(order order) (answer, error) {
	if err := json.NewEncoder(k.orders).Encode(order); err != nil {
		return answer{}, err
	}
	var said answer
	if err := k.answers.Decode(&said); err != nil {
		return said, fmt.Errorf("the poller ended: %w", err)
	}
	return said, nil
}

// poll polls everything once. An error of KEDA's own is counted, not fatal: apache-kafka has some under load.
func (k *kedaSide) poll(bench *bench, idle float64) (cost, error) {
	before, err := bench.usage(k.pid())
	if err != nil {
		return cost{}, err
	}
	begin := time.Now()
	earlier, err := k.obey(order{})
	if err != nil {
		return cost{}, err
	}
	said, err := k.obey(order{Poll: true})
	if err != nil {
		return cost{}, err
	}
	window := time.Since(begin)
	after, err := bench.usage(k.pid())
	if err != nil {
		return cost{}, err
	}
	if said.Errors > 0 {
		bench.say("  %d errors in a poll of KEDA's, the first: %s", said.Errors, said.FirstError)
	}
	return cost{
		wall:     said.Milliseconds,
		client:   milliseconds(after.client - before.client),
		broker:   milliseconds(after.broker-before.broker) - idle*milliseconds(window),
		sent:     grown(earlier.Sent, said.Sent),
		received: grown(earlier.Received, said.Received),
		errors:   float64(said.Errors),
	}, nil
}

// grown is not known (NaN) where connections were closed meanwhile, which takes their bytes away.
func grown(before, after uint64) float64 {
	if after < before {
		return math.NaN()
	}
	return float64(after - before)
}

// pause stops the process, so that it takes nothing from what is measured beside it.
func pause(pid int) { _ = syscall.Kill(pid, syscall.SIGSTOP) }

func resume(pid int) { _ = syscall.Kill(pid, syscall.SIGCONT) }

// holdings is what a process has: connections to the broker, memory, threads.
type holdings struct{ connections, memory, threads float64 }

func (b *bench) holdings(pid int) (holdings, error) {
	connections, err := support.ConnectionsTo(pid, b.workload.BrokerPort)
	if err != nil {
		return holdings{}, err
	}
	kilobytes, err := support.ProcessStatus(pid, "VmRSS")
	if err != nil {
		return holdings{}, err
	}
	threads, err := support.ProcessStatus(pid, "Threads")
	return holdings{float64(connections), kilobytes / 1024, threads}, err
}
