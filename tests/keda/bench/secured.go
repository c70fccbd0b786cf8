package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/IBM/sarama"

	"weir.dev/weir/tests/keda/load"
)

const (
	securedGroups = 1000
	users         = 100
	groupsOfUser  = 10
)

// measureSecured measures over SCRAM and TLS: many groups with one login, then many logins with few groups each.
func measureSecured(b *bench, found figures) error {
	secured := b.broker.Env["BOOTSTRAP_SASL_SSL_SCRAM"]
	_, port, err := net.SplitHostPort(secured)
	if err != nil {
		return err
	}
	if b.workload.BrokerPort, err = strconv.Atoi(port); err != nil {
		return err
	}
	if err := b.fill(securedGroups); err != nil {
		return err
	}
	if wanted("secured") {
		if err := b.oneLogin(secured, found); err != nil {
			return err
		}
	}
	if wanted("credentials") {
		return b.manyLogins(secured, found)
	}
	return nil
}

func (b *bench) oneLogin(secured string, found figures) error {
	ca, err := os.ReadFile(filepath.Join(b.broker.Dir, "pki", "ca.crt"))
	if err != nil {
		return err
	}
	config, err := b.clusters(secured, []string{"alice"}, []string{"alice-secret"})
	if err != nil {
		return err
	}
	forWeir := b.workload.Triggers(securedGroups, lagPerPartition, clusterRef("alice"))
	forKEDA := b.workload.Triggers(securedGroups, lagPerPartition, func(int) map[string]string {
		return map[string]string{"bootstrapServers": secured}
	})
	for i := range forKEDA {
		forKEDA[i].Auth = map[string]string{"sasl": "scram_sha512", "username": "alice", "password": "alice-secret",
			"tls": "enable", "ca": string(ca)}
	}
	kafka := &rival{kind: "kafka", most: securedGroups, rounds: *rounds}
	if kafka.side, err = startKEDA(b.dir, kafka.kind, forKEDA); err != nil {
		return err
	}
	defer kafka.side.close()
	return b.compare(fmt.Sprintf("%d, SCRAM and TLS,", securedGroups), forWeir, []*rival{kafka}, found, "--config", config)
}

func clusterRef(name string) func(int) map[string]string {
	return func(int) map[string]string { return map[string]string{"clusterRef": name} }
}

// clusters writes a configuration with a cluster for each user, named as the user.
func (b *bench) clusters(secured string, names, passwords []string) (string, error) {
	text := &strings.Builder{}
	text.WriteString("clusters:\n")
	for i, name := range names {
		fmt.Fprintf(text, "  %s:\n    bootstrapServers: [\"%s\"]\n    namespaces: [\"*\"]\n"+
			"    auth: {sasl: scram_sha512, tls: enable, username: %s, password: %s, caFile: %s}\n",
			name, secured, name, passwords[i], filepath.Join(b.broker.Dir, "pki", "ca.crt"))
	}
	path := filepath.Join(b.dir, fmt.Sprintf("config-%d.yaml", len(names)))
	return path, os.WriteFile(path, []byte(text.String()), 0o600)
}

func (b *bench) manyLogins(secured string, found figures) error {
	names, passwords := make([]string, users), make([]string, users)
	var upserts []sarama.AlterUserScramCredentialsUpsert
	for i := range names {
		names[i], passwords[i] = fmt.Sprintf("user-%02d", i), fmt.Sprintf("secret-%02d", i)
		upserts = append(upserts, sarama.AlterUserScramCredentialsUpsert{Name: names[i], Mechanism: sarama.SCRAM_MECHANISM_SHA_512,
			Iterations: 4096, Salt: []byte("salt-of-" + names[i]), Password: []byte(passwords[i])})
	}
	results, err := b.workload.Cluster.Admin.UpsertUserScramCredentials(upserts)
	if err != nil {
		return err
	}
	for _, result := range results {
		if result.ErrorCode != sarama.ErrNoError {
			return fmt.Errorf("user %s: %w", result.User, result.ErrorCode)
		}
	}
	config, err := b.clusters(secured, names, passwords)
	if err != nil {
		return err
	}
	triggers := b.workload.Triggers(users*groupsOfUser, lagPerPartition, func(i int) map[string]string {
		return map[string]string{"clusterRef": names[i/groupsOfUser]}
	})
	weir, err := startWeir("--config", config)
	if err != nil {
		return err
	}
	defer weir.close()
	return b.sessions(weir, triggers, found)
}

func (b *bench) sessions(weir *weirSide, triggers []load.Trigger, found figures) error {
	if err := weir.subscribe(triggers); err != nil {
		return err
	}
	idle := 0.0 // with no pause of weir: the broker's idle share stays in
	refreshed, err := b.refresh(weir, len(triggers), idle)
	if err != nil {
		return err
	}
	held, err := b.holdings(weir.Pid)
	if err != nil {
		return err
	}
	metrics, err := weir.Metrics()
	if err != nil {
		return err
	}
	run := fmt.Sprintf("%d logins x %d", users, groupsOfUser)
	// Sessions refresh side by side, so that the sum of their times is no wall time.
	found.set(run, "weir_client_cpu_ms_per_refresh", refreshed.client)
	found.set(run, "weir_requests_per_refresh", refreshed.requests)
	found.setHoldings(run, "weir", held)
	found.set(run, "weir_sessions", metrics.Sum("weir_kafka_sessions"))
	b.say("%s groups: %.0f sessions, %.0f threads, %.1f MB, %.0f connections", run, metrics.Sum("weir_kafka_sessions"), held.threads,
		held.memory, held.connections)
	return nil
}
