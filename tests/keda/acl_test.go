package keda

import (
	"testing"
	"time"

	"github.com/IBM/sarama"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// TestDocumentedACLs gives alice exactly what the documentation asks for: DESCRIBE on the topics and on the group.
func TestDocumentedACLs(t *testing.T) {
	broker := startBroker(t, "--acl", "--listeners", "sasl_plain,ssl")
	cluster := connect(t, broker)
	oneGroup(t, cluster, "orders", "shop", 4)
	oneGroup(t, cluster, "secret-orders", "shop", 4)
	oneGroup(t, cluster, "more-orders", "other-shop", 4)
	allow := func(kind sarama.AclResourceType, name string) {
		must(t, cluster.Admin.CreateACL(
			sarama.Resource{ResourceType: kind, ResourceName: name, ResourcePatternType: sarama.AclPatternLiteral},
			sarama.Acl{Principal: "User:alice", Host: "*", Operation: sarama.AclOperationDescribe,
				PermissionType: sarama.AclPermissionAllow}))
	}
	allow(sarama.AclResourceTopic, "orders")
	allow(sarama.AclResourceTopic, "more-orders")
	allow(sarama.AclResourceGroup, "shop")

	bootstrap := broker.Env["BOOTSTRAP_SASL_PLAIN"]
	dir := secrets(t.TempDir())
	dir.put(t, "shop", "kafka", map[string]string{"sasl": "plaintext", "username": "alice", "password": "alice-secret",
		"bootstrapServers": bootstrap})
	weir, auth := startTrusting(t, broker, "--secrets-dir", string(dir), "--refresh-interval", "1s")
	for _, test := range []struct {
		name, group, topic string
		lag                int64
		code               codes.Code
	}{
		{"what the ACLs allow works", "shop", "orders", 12, codes.OK},
		{"a denied topic is an error", "shop", "secret-orders", 0, codes.PermissionDenied},
		{"one denied topic of two is an error", "shop", "orders,secret-orders", 0, codes.PermissionDenied},
		{"a denied group is an error", "other-shop", "more-orders", 0, codes.PermissionDenied},
	} {
		t.Run(test.name, func(t *testing.T) {
			metadata := map[string]string{"bootstrapServers": bootstrap, "consumerGroup": test.group, "topic": test.topic,
				"authSecret": "kafka"}
			scaler := external(t, weir.GRPC, trigger{namespace: "shop", name: test.topic, auth: auth, metadata: metadata})
			seen, err := lookPatiently(within(t, 20*time.Second), scaler)
			t.Log(seen, err)
			if status.Code(err) != test.code {
				t.Fatalf("%+v, %v; want %v", seen, err, test.code)
			}
			if err == nil && !seen.is(outcome{value: test.lag * 1000, target: 10_000, active: true}) {
				t.Errorf("%+v, want a lag of %d", seen, test.lag)
			}
		})
	}
	t.Run("a certificate that is not listed cannot use the Secret", func(t *testing.T) {
		other, auth := startWithTLS(t, broker, "keda-operator", "--secrets-dir", string(dir))
		scaler := external(t, other.GRPC, trigger{namespace: "shop", name: "orders", auth: auth, metadata: map[string]string{
			"bootstrapServers": bootstrap, "consumerGroup": "shop", "topic": "orders", "authSecret": "kafka"}})
		_, _, err := scaler.GetMetricsAndActivity(within(t, 5*time.Second), "s0-kafka-orders")
		if status.Code(err) != codes.PermissionDenied {
			t.Errorf("%v, want PERMISSION_DENIED", err)
		}
	})
}
