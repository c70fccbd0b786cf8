#include "controller/scaled_object.h"

#include <gmock/gmock.h>

#include "group_fixture.h"
#include "scaling/trigger_spec.h"

namespace weir::controller {
namespace {

using kube::Json;

constexpr const char* kAddress = "weir:9090";

Json desired(const Json& object, std::optional<std::int64_t> partitions = std::nullopt, bool tolerance = true) {
  return desired_scaled_object(read_consumer_group(object), read_scaling(object).value(), partitions,
                               {.scaler_address = kAddress, .hpa_tolerance = tolerance});
}

TEST(ScaledObject, HasTheGroupsNumbersAndIsItsProperty) {
  auto object = orders();
  object["spec"]["scaling"]["min"] = 1;
  object["spec"]["scaling"]["pollingInterval"] = 3;
  object["spec"]["scaling"]["cooldownPeriod"] = 12;
  const auto made = desired(object, 12);
  EXPECT_EQ(kube::text_at(made, "/metadata/name"), "so-u-1");
  EXPECT_EQ(kube::text_at(made, "/metadata/namespace"), "shop");
  EXPECT_EQ(kube::text_at(made, "/metadata/ownerReferences/0/uid"), "u-1");
  EXPECT_EQ(kube::at(made, "/metadata/ownerReferences/0/controller"), Json(true));
  const Json target{{"apiVersion", "weir.dev/v1alpha1"}, {"kind", "ConsumerGroup"}, {"name", "orders"}};
  EXPECT_EQ(kube::at(made, "/spec/scaleTargetRef"), target);
  EXPECT_EQ(kube::int_at(made, "/spec/minReplicaCount"), 1);
  EXPECT_EQ(kube::int_at(made, "/spec/maxReplicaCount"), 12);
  EXPECT_EQ(kube::int_at(made, "/spec/pollingInterval"), 3);
  EXPECT_EQ(kube::int_at(made, "/spec/cooldownPeriod"), 12);
  EXPECT_EQ(kube::text_at(made, "/spec/triggers/0/type"), "external-push");
  EXPECT_EQ(kube::at(made, "/spec/triggers").size(), 1U);
}

TEST(ScaledObject, TheMaximumFollowsThePartitionsButNeverGoesBelowTheMinimum) {
  struct Row {
    const char* name;
    std::int64_t min, max, consumers;
    std::optional<std::int64_t> partitions;
    std::int64_t expected;
    bool above;
  };
  const Row rows[] = {
      {"unknown partitions cap nothing", 0, 50, 1, std::nullopt, 50, false},
      {"one for each partition", 0, 50, 1, 12, 12, false},
      {"a lower maximum stands", 0, 5, 1, 12, 5, false},
      {"several consumers a replica, rounded up", 0, 50, 5, 12, 3, false},
      {"min above the partitions", 8, 50, 1, 3, 8, true},
      {"min is just what the partitions keep busy", 3, 50, 1, 3, 3, false},
      {"no partitions at all: KEDA takes no maximum of 0", 0, 50, 1, 0, 1, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const ScalingSettings settings{
        .min = row.min, .max = row.max, .consumers_per_replica = row.consumers, .schedule = {}};
    EXPECT_EQ(max_replicas(settings, row.partitions), row.expected);
    EXPECT_EQ(min_above_partitions(settings, row.partitions), row.above);
  }
}

TEST(ScaledObject, AnHpaWithToleranceGetsAnHonestMetricAndAnOlderOneHeadroom) {
  const auto now = desired(orders(), 12, true);
  EXPECT_EQ(kube::text_at(now, "/spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp/tolerance"), "0");
  EXPECT_FALSE(kube::at(now, "/spec/triggers/0/metadata").contains("hpaMaxReplicas"));
  const auto before = desired(orders(), 12, false);
  EXPECT_FALSE(kube::at(before, "/spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp").contains("tolerance"));
  EXPECT_EQ(kube::text_at(before, "/spec/triggers/0/metadata/hpaMaxReplicas"), "12");
}

TEST(ScaledObject, ReachesItsMaximumInOneStep) {
  const auto policy = "/spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp/policies/0/value";
  EXPECT_EQ(kube::int_at(desired(orders(), 12), policy), 12);
  EXPECT_EQ(kube::int_at(desired(orders()), policy), 50);
}

TEST(ScaledObject, ItsTriggerIsOneThatTheScalerTakes) {
  auto with_keys = orders();
  with_keys["spec"]["auth"] = Json::parse(R"({
    "sasl": {"mechanismFrom": {"name": "kafka", "key": "type"}, "usernameFrom": {"name": "kafka", "key": "user"},
             "passwordFrom": {"name": "kafka", "key": "secret"}},
    "tls": {"enabled": true, "caFrom": {"name": "kafka-ca", "key": "ca.crt"}}})");
  auto with_mechanism = with_keys;
  with_mechanism["spec"]["auth"]["sasl"].erase("mechanismFrom");
  with_mechanism["spec"]["auth"]["sasl"]["mechanism"] = "SCRAM-SHA-512";
  auto with_secret = orders();
  with_secret["spec"]["secretRef"] = {{"name", "kafka"}};
  auto with_cluster = orders();
  with_cluster["spec"].erase("bootstrapServers");
  with_cluster["spec"]["clusterRef"] = "prod";
  for (const auto& object : {orders(), with_keys, with_mechanism, with_secret, with_cluster}) {
    const auto metadata =
        trigger_metadata(read_consumer_group(object), read_scaling(object).value(), 12, {.scaler_address = kAddress});
    const auto parsed = scaling::parse_trigger(metadata);
    ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
    EXPECT_EQ(parsed->group, "billing");
    EXPECT_EQ(metadata.at("consumerGroupRef"), "orders");
    EXPECT_EQ(metadata.at("scalerAddress"), kAddress);
  }
}

TEST(ScaledObject, FreeSecretKeysBecomeAuth) {
  auto object = orders();
  object["spec"]["auth"] = Json::parse(R"({
    "sasl": {"usernameFrom": {"name": "k", "key": "u"}, "passwordFrom": {"name": "k", "key": "p"}},
    "tls": {"enabled": false}})");
  const auto metadata =
      trigger_metadata(read_consumer_group(object), read_scaling(object).value(), 12, {.scaler_address = kAddress});
  EXPECT_EQ(metadata.at("auth"), "password=k/p; username=k/u");
  EXPECT_EQ(metadata.at("sasl"), "plaintext");
  EXPECT_FALSE(metadata.contains("tls"));
}

TEST(ScaledObject, ASchedulesTimesBecomeCronTriggersBehindOurs) {
  auto object = orders();
  object["spec"]["scaling"]["schedule"] = Json::array(
      {Json{{"timezone", "Europe/Berlin"}, {"start", "0 8 * * *"}, {"end", "0 18 * * *"}, {"replicas", 3}}});
  const auto made = desired(object);
  EXPECT_EQ(kube::text_at(made, "/spec/triggers/0/type"), "external-push");
  EXPECT_EQ(kube::text_at(made, "/spec/triggers/1/type"), "cron");
  EXPECT_EQ(kube::text_at(made, "/spec/triggers/1/metadata/desiredReplicas"), "3");
}

TEST(ScaledObject, IsAppliedWhateverOthersAdd) {
  const auto wanted = desired(orders(), 12);
  auto actual = wanted;
  actual["metadata"]["finalizers"] = {"finalizer.keda.sh"};
  actual["metadata"]["labels"] = {{"scaledobject.keda.sh/name", "so-u-1"}};
  actual["metadata"]["annotations"]["autoscaling.keda.sh/paused"] = "true";
  actual["spec"]["advanced"]["scalingModifiers"] = Json::object();
  actual["status"] = {{"hpaName", "x"}};
  EXPECT_TRUE(is_applied(actual, wanted));
  actual["spec"]["maxReplicaCount"] = 13;
  EXPECT_FALSE(is_applied(actual, wanted));
}

TEST(ScaledObject, IsAppliedAgainWhenSomethingIsNoLongerWanted) {
  auto with_secret = orders();
  with_secret["spec"]["secretRef"] = {{"name", "kafka"}};
  EXPECT_FALSE(is_applied(desired(with_secret), desired(orders())));
}

}  // namespace
}  // namespace weir::controller
