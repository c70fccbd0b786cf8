#include "controller/kafka_source.h"

#include <gmock/gmock.h>

#include "controller/conditions.h"

namespace weir::controller {
namespace {

using kube::Json;
using ::testing::HasSubstr;

// As it was shown: the old annotations, and a password from keys of any name.
Json demonstration() {
  return Json::parse(R"({
    "apiVersion": "sources.knative.dev/v1beta1", "kind": "KafkaSource",
    "metadata": {"namespace": "shop", "name": "orders", "uid": "u-7", "resourceVersion": "12", "annotations": {
      "autoscaling.knative.dev/class": "keda.autoscaling.knative.dev", "autoscaling.knative.dev/minScale": "0",
      "autoscaling.knative.dev/maxScale": "12", "keda.autoscaling.knative.dev/pollingInterval": "3",
      "keda.autoscaling.knative.dev/cooldownPeriod": "10", "example.org/team": "shop"}},
    "spec": {"consumers": 12, "bootstrapServers": ["kafka:9092"], "topics": ["orders"], "consumerGroup": "billing",
      "net": {"sasl": {"enable": true,
                       "type": {"secretKeyRef": {"name": "kafka", "key": "how"}},
                       "user": {"secretKeyRef": {"name": "kafka", "key": "who"}},
                       "password": {"secretKeyRef": {"name": "kafka", "key": "what"}}},
              "tls": {"enable": true, "caCert": {"secretKeyRef": {"name": "kafka-ca", "key": "ca.crt"}}}}}})");
}

TEST(KafkaSource, TheDemonstrationBecomesAGroup) {
  const auto made = group_of_source(demonstration(), {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->replicas) << "KEDA's";
  auto group = made->group;
  group["metadata"]["annotations"].erase("weir.dev/applied-hash");
  EXPECT_EQ(group, Json::parse(R"({
    "apiVersion": "weir.dev/v1alpha1", "kind": "ConsumerGroup",
    "metadata": {"namespace": "shop", "name": "orders",
      "ownerReferences": [{"apiVersion": "sources.knative.dev/v1beta1", "kind": "KafkaSource", "name": "orders",
                           "uid": "u-7", "controller": true, "blockOwnerDeletion": true}],
      "annotations": {
        "autoscaling.knative.dev/class": "keda.autoscaling.knative.dev", "autoscaling.knative.dev/minScale": "0",
        "autoscaling.knative.dev/maxScale": "12", "keda.autoscaling.knative.dev/pollingInterval": "3",
        "keda.autoscaling.knative.dev/cooldownPeriod": "10"}},
    "spec": {"bootstrapServers": ["kafka:9092"], "topics": ["orders"], "groupId": "billing", "initialOffset": "latest",
      "scaling": {"class": "keda"},
      "auth": {"sasl": {"mechanismFrom": {"name": "kafka", "key": "how"}, "usernameFrom": {"name": "kafka", "key": "who"},
                        "passwordFrom": {"name": "kafka", "key": "what"}},
               "tls": {"enabled": true, "caFrom": {"name": "kafka-ca", "key": "ca.crt"}}}}})"));
}

TEST(KafkaSource, WhatIsScaledAndWhatIsNot) {
  struct Row {
    const char* name;
    Json annotations, consumers;
    const char* scaling_class;
    std::optional<std::int64_t> replicas;
  };
  const Row rows[] = {
      {"no annotations: as many as the source says", Json::object(), 12, "disabled", 12},
      {"none said: one", Json::object(), nullptr, "disabled", 1},
      {"zero is zero", Json::object(), 0, "disabled", 0},
      {"disabled in so many words",
       {{"autoscaling.eventing.knative.dev/class", "disabled"}, {"autoscaling.eventing.knative.dev/min-scale", "1"}},
       3,
       "disabled",
       3},
      {"any number of Knative's", {{"autoscaling.eventing.knative.dev/max-scale", "9"}}, 3, "keda", std::nullopt},
      {"our own spelling", {{"autoscaling.weir.dev/class", "keda"}}, 3, "keda", std::nullopt},
      {"somebody else's annotation", {{"example.org/class", "keda"}}, 3, "disabled", 3},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    auto source = demonstration();
    source["metadata"]["annotations"] = row.annotations;
    source["spec"]["consumers"] = row.consumers;
    const auto made = group_of_source(source, {});
    ASSERT_TRUE(made);
    EXPECT_EQ(kube::text_at(made->group, "/spec/scaling/class"), row.scaling_class);
    EXPECT_EQ(made->replicas, row.replicas);
  }
}

TEST(KafkaSource, WhatIsLeftOut) {
  auto source = demonstration();
  source["spec"].erase("net");
  source["spec"].erase("consumerGroup");
  source["spec"]["initialOffset"] = "earliest";
  const auto made = group_of_source(source, {"weir", "dispatcher"});
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->group["spec"].contains("auth"));
  EXPECT_EQ(made->group["spec"]["groupId"], "knative-kafka-source-u-7");
  EXPECT_EQ(made->group["spec"]["initialOffset"], "earliest");
  EXPECT_EQ(made->group["spec"]["pool"], (Json{{"name", "dispatcher"}, {"namespace", "weir"}}));
  source["spec"]["net"] = {{"sasl", {{"enable", false}, {"user", {{"secretKeyRef", {{"name", "a"}, {"key", "b"}}}}}}}};
  EXPECT_FALSE(group_of_source(source, {})->group["spec"].contains("auth")) << "not enabled";
}

TEST(KafkaSource, EverythingThatCannotBeMappedIsNamed) {
  auto source = demonstration();
  source["spec"]["topics"] = Json::array();
  source["spec"]["net"]["sasl"].erase("user");
  source["spec"]["net"]["sasl"]["tokenProvider"] = {{"secretKeyRef", {{"name", "kafka"}, {"key", "provider"}}}};
  const auto made = group_of_source(source, {});
  ASSERT_FALSE(made);
  for (const char* field : {"spec.topics", "spec.net.sasl.user", "spec.net.sasl.tokenProvider"})
    EXPECT_THAT(made.error().message, HasSubstr(field));
}

TEST(KafkaSource, ItsCostIsCarriedOver) {
  auto source = demonstration();
  EXPECT_FALSE(group_of_source(source, {})->group["spec"].contains("vreplicaCost")) << "the schema's default";
  source["metadata"]["annotations"]["weir.dev/vreplica-cost"] = "10";
  const auto made = group_of_source(source, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->group["spec"]["vreplicaCost"], 10);
  EXPECT_NE(made->group["metadata"]["annotations"]["weir.dev/applied-hash"],
            group_of_source(demonstration(), {})->group["metadata"]["annotations"]["weir.dev/applied-hash"]);
  for (const char* wrong : {"0", "1001", "-3", "many", "2.5", "", " 7 x"}) {
    source["metadata"]["annotations"]["weir.dev/vreplica-cost"] = wrong;
    const auto refused = group_of_source(source, {});
    ASSERT_FALSE(refused) << wrong;
    EXPECT_THAT(refused.error().message, HasSubstr("weir.dev/vreplica-cost"));
    EXPECT_THAT(refused.error().message, HasSubstr(wrong));
    EXPECT_THAT(refused.error().message, HasSubstr("must be a whole number from 1 to 1000"));
  }
}

TEST(KafkaSource, OnlyManagedOnesAreOurs) {
  auto source = demonstration();
  EXPECT_FALSE(is_managed(source, KafkaSourceMode::kManaged));
  EXPECT_TRUE(is_managed(source, KafkaSourceMode::kAll));
  source["metadata"]["annotations"]["weir.dev/managed"] = "true";
  EXPECT_TRUE(is_managed(source, KafkaSourceMode::kManaged));
  EXPECT_FALSE(is_managed(source, KafkaSourceMode::kOff));
}

TEST(KafkaSource, ItsStatusHasOursBesidesKnativesAndIsWrittenOnce) {
  auto source = demonstration();
  source["status"] = {{"sinkUri", "http://sink"},
                      {"conditions", Json::array({Json{{"type", "Ready"}, {"status", "True"}}})}};
  const Json group{{"status",
                    {{"replicas", 3},
                     {"selector", "weir.dev/consumergroup-uid=g"},
                     {"placements", Json::array({Json{{"podName", "d-0"}, {"vreplicas", 3}}})},
                     {"conditions",
                      Json::array({Json{
                          {"type", "Ready"}, {"status", "True"}, {"reason", "Ready"}, {"message", "all is well"}}})}}}};
  const auto patch = source_status_patch(source, group, "Pending", "", base::SystemTime());
  EXPECT_EQ(kube::text_at(patch, "/metadata/resourceVersion"), "12");
  EXPECT_EQ(patch["status"]["consumers"], 3);
  EXPECT_EQ(patch["status"]["placements"].size(), 1U);
  EXPECT_FALSE(patch["status"].contains("sinkUri"));
  const Json& conditions = patch["status"]["conditions"];
  EXPECT_EQ(conditions.size(), 2U);
  EXPECT_EQ(find_condition(conditions, "Ready"), source["status"]["conditions"][0]);
  EXPECT_EQ(kube::text_at(find_condition(conditions, "WeirReady"), "/status"), "True");
  source["status"].merge_patch(patch["status"]);
  EXPECT_TRUE(source_status_patch(source, group, "Pending", "", base::SystemTime()).is_null());
  const auto failed =
      source_status_patch(source, Json(), "InvalidSource", "spec.topics is missing", base::SystemTime());
  const Json& told = find_condition(failed["status"]["conditions"], "WeirReady");
  EXPECT_EQ(kube::text_at(told, "/status"), "False");
  EXPECT_EQ(kube::text_at(told, "/message"), "spec.topics is missing");
}

}  // namespace
}  // namespace weir::controller
