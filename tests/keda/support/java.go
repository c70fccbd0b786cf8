package support

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// kafkaLibs is where the jars of the brokers are.
func kafkaLibs() string {
	if libs := os.Getenv("WEIR_KAFKA_LIBS"); libs != "" {
		return libs
	}
	cache := os.Getenv("WEIR_CACHE")
	if cache == "" {
		cache = filepath.Join(os.Getenv("HOME"), ".cache", "weir")
	}
	return filepath.Join(cache, "kafka-4.1.1", "libs")
}

// java is a tool of Kafka's own, by its class, ended with the test process.
func java(class string, args ...string) *exec.Cmd {
	flags := []string{"-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
		"-Dorg.slf4j.simpleLogger.defaultLogLevel=error", // it warns of every broker that goes
		"-cp", kafkaLibs() + "/*:/usr/share/java/slf4j-simple.jar", class}
	cmd := exec.Command("java", append(flags, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func groupCommand(bootstrap string, args ...string) (string, error) {
	cmd := java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
		append([]string{"--bootstrap-server", bootstrap, "--timeout", "30000"}, args...)...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("kafka-consumer-groups %s: %w\n%s%s", strings.Join(args, " "), err, out, complaints.String())
	}
	return string(out), nil
}

// ConsumerGroupLags are the sums of the column LAG of `kafka-consumer-groups --describe --all-groups`, by group. A
// partition without a lag, as it has no commit, is an error: nothing can be compared with it.
func ConsumerGroupLags(bootstrap string) (map[string]int64, error) {
	out, err := groupCommand(bootstrap, "--describe", "--all-groups")
	if err != nil {
		return nil, err
	}
	lags := map[string]int64{}
	for _, line := range strings.Split(out, "\n") {
		// GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG ...
		cells := strings.Fields(line)
		if len(cells) < 6 || cells[0] == "GROUP" {
			continue
		}
		lag, err := strconv.ParseInt(cells[5], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("kafka-consumer-groups tells no lag: %s", line)
		}
		lags[cells[0]] += lag
	}
	return lags, nil
}

// GroupsOfNewProtocol are the groups of KIP-848, as `kafka-consumer-groups --list --type consumer` names them.
func GroupsOfNewProtocol(bootstrap string) ([]string, error) {
	out, err := groupCommand(bootstrap, "--list", "--type", "consumer")
	if err != nil {
		return nil, err
	}
	var groups []string
	for _, line := range strings.Split(out, "\n") {
		if cells := strings.Fields(line); len(cells) > 0 && cells[0] != "GROUP" {
			groups = append(groups, cells[0])
		}
	}
	return groups, nil
}

// Consumer is Kafka's console consumer under the protocol of KIP-848. It reads only as far as somebody reads what it
// prints, so that its group stays behind while it is a member of it.
type Consumer struct {
	cmd    *exec.Cmd
	output io.ReadCloser
}

// StartConsumer starts one for a topic; it commits what it has printed.
func StartConsumer(bootstrap, group, topic string) (*Consumer, error) {
	properties := []string{"group.protocol=consumer", "auto.commit.interval.ms=200", "max.poll.records=10",
		"max.poll.interval.ms=600000", "fetch.max.bytes=20000", "max.partition.fetch.bytes=20000"}
	args := []string{"--bootstrap-server", bootstrap, "--group", group, "--topic", topic, "--from-beginning"}
	for _, property := range properties {
		args = append(args, "--consumer-property", property)
	}
	cmd := java("org.apache.kafka.tools.consumer.ConsoleConsumer", args...)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &Consumer{cmd: cmd, output: output}, cmd.Start()
}

// Take reads so many bytes of what the consumer prints, which lets it read on.
func (c *Consumer) Take(size int, limit time.Duration) error {
	done := make(chan error, 1)
	go func() {
		_, err := io.CopyN(io.Discard, c.output, int64(size))
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(limit):
		return errors.New("the console consumer prints nothing")
	}
}

// Stop ends the consumer at once: its group is not told.
func (c *Consumer) Stop() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}
