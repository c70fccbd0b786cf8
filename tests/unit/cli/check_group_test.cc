#include <fstream>
#include <functional>
#include <sstream>

#include <gmock/gmock.h>

#include "cli/check.h"
#include "cli/check_schema.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

std::string findings_in(const std::string& yaml) {
  return render(check_text("a.yaml", yaml));
}

std::string group_with(const std::string& spec, const std::string& metadata = "") {
  return "apiVersion: weir.dev/v1alpha1\nkind: ConsumerGroup\nmetadata:\n  name: orders\n" + metadata +
         "spec:\n  groupId: billing\n" + spec;
}

const std::string kBrokers = "  bootstrapServers: [kafka:9092]\n";
const std::string kTopics = "  topics: [orders]\n";

TEST(CheckGroup, AGoodOneHasNoFindings) {
  EXPECT_EQ(
      findings_in(group_with(kBrokers + kTopics +
                             "  initialOffset: earliest\n  auth:\n    sasl:\n      mechanism: SCRAM-SHA-512\n"
                             "      usernameFrom: {name: kafka, key: user}\n"
                             "      passwordFrom: {name: kafka, key: password}\n    tls: {enabled: true}\n"
                             "  scaling: {min: 0, max: 12, lagThreshold: 50, schedule: [{timezone: Europe/Berlin, "
                             "start: 0 8 * * 1-5, end: 0 18 * * 1-5, replicas: 3}]}\n")),
      "");
}

TEST(CheckGroup, EachWrongFieldIsNamedWithItsLine) {
  struct Row {
    const char* name;
    std::string spec, finding;
  };
  const Row rows[] = {
      {"no topics", kBrokers, "a.yaml:5: error: spec.topics: missing"},
      {"an empty list", kBrokers + "  topics: []\n", "a.yaml:8: error: spec.topics: must have at least 1"},
      {"a text for a list", kBrokers + "  topics: orders\n", "a.yaml:8: error: spec.topics: must be a list"},
      {"a number for a text", kBrokers + "  topics: [12]\n", "spec.topics[0]: must be a text; put it in quotes"},
      {"a topic that Kafka cannot have", kBrokers + "  topics: [\"a b\"]\n", "each must be the name of a topic"},
      {"one topic twice", kBrokers + "  topics: [a, a]\n", "spec.topics[1]: \"a\" comes twice"},
      {"neither brokers nor a cluster", kTopics, "give either bootstrapServers or clusterRef, and not both"},
      {"both", kBrokers + kTopics + "  clusterRef: prod\n", "give either bootstrapServers or clusterRef, and not both"},
      {"brokers without ports", kTopics + "  bootstrapServers: [kafka]\n",
       "each must be host:port, such as kafka:9092"},
      {"a word that is none of the choices", kBrokers + kTopics + "  initialOffset: newest\n",
       "spec.initialOffset: \"newest\": must be one of latest, earliest"},
      {"min above max", kBrokers + kTopics + "  scaling: {min: 3, max: 2}\n",
       "spec.scaling: min must not be above max"},
      {"too many", kBrokers + kTopics + "  scaling: {max: 10001}\n",
       "spec.scaling.max: \"10001\": must be at most 10000"},
      {"a quoted number", kBrokers + kTopics + "  scaling: {max: \"12\"}\n",
       "spec.scaling.max: must be a whole number, without quotes"},
      {"a misspelt key", kBrokers + kTopics + "  scaling: {lagTreshold: 5}\n",
       "spec.scaling.lagTreshold: is not a known key; did you mean lagThreshold?"},
      {"half a client certificate", kBrokers + kTopics + "  auth: {tls: {certFrom: {name: a, key: b}}}\n",
       "certFrom and keyFrom need each other"},
      {"two sorts of credentials", kBrokers + kTopics + "  secretRef: {name: kafka}\n  auth: {tls: {enabled: true}}\n",
       "give either auth or secretRef, and not both"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    EXPECT_THAT(findings_in(group_with(row.spec)), HasSubstr(row.finding));
  }
}

TEST(CheckGroup, AnnotationsAreChecked) {
  EXPECT_THAT(
      findings_in(
          group_with(kBrokers + kTopics, "  annotations:\n    autoscaling.eventing.knative.dev/min-scale: \"-1\"\n")),
      HasSubstr("a.yaml:5: error: metadata.annotations: autoscaling.eventing.knative.dev/min-scale \"-1\": must "
                "be a whole number from 0 to 10000"));
}

TEST(CheckGroup, AnotherVersionIsSaid) {
  EXPECT_THAT(findings_in("apiVersion: weir.dev/v1\nkind: ConsumerGroup\n"), HasSubstr("write weir.dev/v1alpha1"));
}

// A rule that is added to the CRD has to be known here too.
TEST(CheckGroup, EveryRuleOfTheCrdIsKnown) {
  int rules = 0;
  const std::function<void(const YAML::Node&)> visit = [&](const YAML::Node& node) {
    if (node.IsMap() && node["rule"]) {
      ++rules;
      EXPECT_TRUE(knows_rule(node["rule"].Scalar())) << node["rule"].Scalar();
    }
    for (const auto& child : node)
      visit(node.IsMap() ? child.second : YAML::Node(child));
  };
  visit(YAML::Load(consumer_group_crd()));
  EXPECT_GT(rules, 15);
  EXPECT_FALSE(knows_rule("self.size() < 3"));
}

TEST(CheckKafkaSource, WhatCannotBeMappedIsSaid) {
  const std::string frame =
      "apiVersion: sources.knative.dev/v1beta1\nkind: KafkaSource\nmetadata:\n  name: orders\n  annotations:\n    "
      "autoscaling.knative.dev/class: keda.autoscaling.knative.dev\nspec:\n  bootstrapServers: [kafka:9092]\n";
  EXPECT_EQ(findings_in(frame + "  topics: [orders]\n"), "");
  EXPECT_THAT(findings_in(frame), HasSubstr("a.yaml:7: error: spec: spec.topics: is missing"));
  EXPECT_THAT(findings_in("apiVersion: v1\nkind: KafkaSource\n"), HasSubstr("write sources.knative.dev/v1"));
  EXPECT_THAT(
      findings_in("apiVersion: sources.knative.dev/v1\nkind: KafkaSource\nmetadata: {name: a}\nspec:\n  consumers: "
                  "3\n  bootstrapServers: [kafka:9092]\n  topics: [orders]\n"),
      HasSubstr("a.yaml:5: note: spec.consumers: has no autoscaling annotation"));
}

}  // namespace
}  // namespace weir::cli
