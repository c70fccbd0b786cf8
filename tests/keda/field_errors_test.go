package keda

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestEveryWrongKeyIsToldAtOnce(t *testing.T) {
	wrong := map[string]string{
		"lagThreshold": "zero", "activationLagThreshold": "-4", "offsetResetPolicy": "middle", "allowIdleConsumers": "perhaps",
		"excludePersistentLag": "often", "scaleToZeroOnInvalidOffset": "rarely", "limitToPartitionsWithLag": "now",
		"ensureEvenDistributionOfPartitions": "always", "fullMetadata": "half", "version": "1.2.3.4", "tls": "maybe",
		"unsafeSsl": "quite", "sasl": "magic", "saslTokenProvider": "oracle", "partitionLimitation": "1-2-3",
		"partitionCap": "loose", "minScale": "few", "maxScale": "many", "hpaMaxReplicas": "most",
		"consumersPerReplica": "lots", "persistentLagSeconds": "long", "isolationLevel": "splendid",
	}
	metadata := map[string]string{"topic": "orders"} // and no bootstrapServers and consumerGroup
	for key, value := range wrong {
		metadata[key] = value
	}
	weir := startWeir(t)
	all := trigger{namespace: "shop", name: "orders", metadata: metadata}
	_, err := bare(t, weir.GRPC).GetMetricSpec(within(t, 5*time.Second), all.ref())
	if status.Code(err) != codes.InvalidArgument {
		t.Fatalf("%v, want INVALID_ARGUMENT", err)
	}
	t.Log(err)
	for key, value := range wrong {
		if !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), value) {
			t.Errorf("the error does not name %s and its value %q", key, value)
		}
	}
	for _, key := range []string{"bootstrapServers", "consumerGroup"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("the error does not say that %s is missing", key)
		}
	}
}
