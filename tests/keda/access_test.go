package keda

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/kedacore/keda/v2/pkg/scalers/externalscaler"

	"weir.dev/weir/tests/keda/support"
)

// secrets is a directory NAMESPACE/NAME/KEY as --secrets-dir reads it.
type secrets string

func (s secrets) put(t *testing.T, namespace, name string, data map[string]string) {
	t.Helper()
	dir := filepath.Join(string(s), namespace, name)
	must(t, os.MkdirAll(dir, 0o700))
	for key, value := range data {
		// As Kubernetes does it: a reader sees the old value or the new one.
		must(t, os.WriteFile(filepath.Join(dir, "."+key), []byte(value), 0o600))
		must(t, os.Rename(filepath.Join(dir, "."+key), filepath.Join(dir, key)))
	}
}

func pem(t *testing.T, broker *support.Broker, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(broker.Dir, "pki", name))
	must(t, err)
	return string(content)
}

// startTrusting starts Weir with TLS on gRPC, trusting the broker's client certificate, and returns what KEDA needs to
// connect to it, as a TriggerAuthentication would give it.
func startTrusting(t *testing.T, broker *support.Broker, args ...string) (*support.Weir, map[string]string) {
	t.Helper()
	return startWithTLS(t, broker, "client", args...)
}

// startWithTLS trusts certificates of another name than the client's, if need be.
func startWithTLS(t *testing.T, broker *support.Broker, allowed string, args ...string) (*support.Weir, map[string]string) {
	t.Helper()
	pki := filepath.Join(broker.Dir, "pki")
	weir := startWeir(t, append([]string{
		"--tls-cert", filepath.Join(pki, "server.crt"), "--tls-key", filepath.Join(pki, "server.key"),
		"--tls-client-ca", filepath.Join(pki, "ca.crt"), "--allowed-client", allowed}, args...)...)
	return weir, map[string]string{"caCert": pem(t, broker, "ca.crt"),
		"tlsClientCert": pem(t, broker, "client.crt"), "tlsClientKey": pem(t, broker, "client.key")}
}

func TestPassword(t *testing.T) {
	for _, test := range []struct{ name, listener, sasl, tls string }{
		{"SCRAM-SHA-512 over TLS", "sasl_ssl_scram", "scram_sha512", "enable"},
		{"SCRAM-SHA-256 over TLS", "sasl_ssl_scram", "scram_sha256", "enable"},
		{"PLAIN", "sasl_plain", "plaintext", "disable"},
	} {
		t.Run(test.name, func(t *testing.T) { testPassword(t, test.listener, test.sasl, test.tls) })
	}
}

func testPassword(t *testing.T, listener, sasl, tls string) {
	broker := startBroker(t, "--listeners", listener+",ssl")
	cluster := connect(t, broker)
	oneGroup(t, cluster, "orders", "shop", 4)
	bootstrap := broker.Env["BOOTSTRAP_"+strings.ToUpper(listener)]
	dir := secrets(t.TempDir())
	dir.put(t, "shop", "kafka", map[string]string{"sasl": sasl, "username": "alice", "password": "wr0ng-pa55",
		"tls": tls, "ca": pem(t, broker, "ca.crt"), "bootstrapServers": bootstrap})
	weir, auth := startTrusting(t, broker, "--secrets-dir", string(dir), "--refresh-interval", "1s", "--max-stale", "3s")
	orders := trigger{namespace: "shop", name: "orders", auth: auth, metadata: map[string]string{
		"bootstrapServers": bootstrap, "consumerGroup": "shop", "topic": "orders", "authSecret": "kafka"}}
	scaler := external(t, weir.GRPC, orders)

	refused := func() (bool, string) {
		begin := time.Now()
		seen, err := look(within(t, 5*time.Second), scaler, 1)
		if took := time.Since(begin); took > rpcLimit {
			t.Errorf("GetMetricSpec and GetMetrics took %v", took)
		}
		return status.Code(err) == codes.Unauthenticated, describe(seen, err)
	}
	works := func() (bool, string) {
		seen, err := look(within(t, 5*time.Second), scaler, 1)
		if err == nil && !seen.is(outcome{value: 12_000, target: 10_000, active: true}) {
			t.Fatalf("wrong answer %+v", seen)
		}
		return err == nil, describe(seen, err)
	}
	eventually(t, 5*time.Second, "a wrong password is UNAUTHENTICATED", refused)
	_, message := refused()
	t.Log("wrong password:", message)
	requireStatus(t, weir, "alice", "wr0ng-pa55")

	dir.put(t, "shop", "kafka", map[string]string{"password": "alice-secret"})
	t.Log("rotated password used after", eventually(t, 10*time.Second, "the right password is taken up", works))

	if sasl != "plaintext" { // whose passwords stand in the broker's file
		setPassword(t, cluster, "alice", "a-new-secret")
		must(t, broker.Do("restart")) // a broker asks for a password only when a connection is made
		eventually(t, 20*time.Second, "the old password is UNAUTHENTICATED", refused)
		dir.put(t, "shop", "kafka", map[string]string{"password": "a-new-secret"})
		eventually(t, 10*time.Second, "the new password is taken up", works)
	}
	for _, secret := range []string{"wr0ng-pa55", "alice-secret", "a-new-secret"} {
		if strings.Contains(weir.Log(), secret) {
			t.Errorf("the log shows the password %s", secret)
		}
	}
}

func describe(seen outcome, err error) string {
	if err != nil {
		return err.Error()
	}
	return "an answer: " + time.Duration(seen.value).String()
}

// requireStatus wants the refusal in /status, and no password.
func requireStatus(t *testing.T, weir *support.Weir, user, password string) {
	t.Helper()
	code, body, err := weir.Get("/status")
	must(t, err)
	if code != 200 || !strings.Contains(strings.ToLower(body), "authentication") || !strings.Contains(body, user) {
		t.Errorf("/status does not say what is wrong: %d %s", code, body)
	}
	if strings.Contains(body, password) {
		t.Errorf("/status shows the password: %s", body)
	}
}

func setPassword(t *testing.T, cluster *support.Cluster, user, password string) {
	t.Helper()
	// One at a time: Kafka takes each user once a request.
	for _, mechanism := range []sarama.ScramMechanismType{sarama.SCRAM_MECHANISM_SHA_256, sarama.SCRAM_MECHANISM_SHA_512} {
		results, err := cluster.Admin.UpsertUserScramCredentials([]sarama.AlterUserScramCredentialsUpsert{{
			Name: user, Mechanism: mechanism, Iterations: 4096, Salt: []byte("salt-of-" + user), Password: []byte(password)}})
		must(t, err)
		for _, result := range results {
			if result.ErrorCode != sarama.ErrNoError {
				t.Fatalf("the password of %s cannot be set: %v", user, result.ErrorCode)
			}
		}
	}
}

// trap is a listener that counts who connects.
func trap(t *testing.T) (string, *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	var connections atomic.Int64
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = connection.Close()
		}
	}()
	return listener.Addr().String(), &connections
}

func TestStrangerCannotUseSecrets(t *testing.T) {
	address, connections := trap(t)
	dir := secrets(t.TempDir())
	dir.put(t, "victim", "kafka", map[string]string{"sasl": "plaintext", "username": "victim", "password": "victims-secret",
		"bootstrapServers": address})
	weir := startWeir(t, "--secrets-dir", string(dir))
	for name, metadata := range map[string]map[string]string{
		"authSecret":             {"authSecret": "kafka"},
		"authSecret not there":   {"authSecret": "no-such"},
		"auth":                   {"auth": "username=kafka/username; password=kafka/password", "sasl": "plaintext"},
		"authSecret and earlier": {"authSecret": "kafka", "lagThreshold": "3"},
	} {
		metadata["bootstrapServers"], metadata["consumerGroup"], metadata["topic"] = address, "shop", "orders"
		requireDenied(t, name, bare(t, weir.GRPC), trigger{namespace: "victim", name: "orders", metadata: metadata})
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections were opened to the stranger's brokers", n)
	}
	// The trap works: without a Secret anybody may have any broker asked.
	open := trigger{namespace: "victim", name: "open", metadata: map[string]string{
		"bootstrapServers": address, "consumerGroup": "shop", "topic": "orders"}}
	_, err := bare(t, weir.GRPC).IsActive(within(t, 5*time.Second), open.ref())
	if err == nil || connections.Load() == 0 {
		t.Errorf("a trigger without a Secret: %v, %d connections", err, connections.Load())
	}
}

func requireDenied(t *testing.T, name string, client pb.ExternalScalerClient, trigger trigger) {
	t.Helper()
	ctx := within(t, 10*time.Second)
	_, specErr := client.GetMetricSpec(ctx, trigger.ref())
	_, activeErr := client.IsActive(ctx, trigger.ref())
	_, metricsErr := client.GetMetrics(ctx, &pb.GetMetricsRequest{ScaledObjectRef: trigger.ref(), MetricName: "kafka-orders"})
	stream, streamErr := client.StreamIsActive(ctx, trigger.ref())
	if streamErr == nil {
		_, streamErr = stream.Recv()
	}
	for rpc, err := range map[string]error{"GetMetricSpec": specErr, "IsActive": activeErr, "GetMetrics": metricsErr,
		"StreamIsActive": streamErr} {
		if status.Code(err) != codes.PermissionDenied || strings.Contains(err.Error(), "victims-secret") {
			t.Errorf("%s, %s: %v, want PERMISSION_DENIED", name, rpc, err)
		}
	}
}
