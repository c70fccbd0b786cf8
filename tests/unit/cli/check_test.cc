#include "cli/check.h"

#include <span>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A ScaledObject whose trigger has these lines, each a level below `- type`. The first of `metadata` is line 15.
std::string scaled_object(const std::string& metadata, const std::string& trigger = "    - type: external-push\n",
                          const std::string& spec = "  minReplicaCount: 1\n  maxReplicaCount: 4\n") {
  std::string text =
      "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: orders}\nspec:\n"
      "  scaleTargetRef: {name: orders}\n" +
      spec + "  triggers:\n" + trigger +
      "      metadata:\n        scalerAddress: weir:9090\n        bootstrapServers: kafka:9092\n"
      "        consumerGroup: orders\n        topic: orders\n";
  for (std::size_t begin = 0; begin < metadata.size();) {
    const auto end = std::min(metadata.find('\n', begin), metadata.size());
    text += "        " + metadata.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

std::string findings_of(const std::string& text, const CheckOptions& options = {}) {
  return render(check_text("a.yaml", text, options));
}

TEST(Check, SaysNothingAboutATriggerThatIsRight) {
  EXPECT_EQ(findings_of(scaled_object("lagThreshold: \"50\"")), "");
  EXPECT_EQ(findings_of(scaled_object("lagThreshold: '50'\npartitionLimitation: 0-3")), "");
  EXPECT_EQ(findings_of(scaled_object("lagThreshold: |-\n  50")), "");
}

TEST(Check, NamesFileLineFieldAndRemedy) {
  EXPECT_EQ(findings_of(scaled_object("lagThreshold: \"many\"")),
            "a.yaml:15: error: spec.triggers[0].metadata.lagThreshold: \"many\": write a whole number of at least 1, "
            "without leading zeros, sign or exponent\n");
}

struct Row {
  const char* what;
  std::string text;
  const char* finding;
};

void expect_findings(std::span<const Row> rows) {
  for (const Row& row : rows)
    EXPECT_THAT(findings_of(row.text), HasSubstr(row.finding)) << row.what;
}

TEST(Check, FindsMetadataThatTheApiServerRefuses) {
  const Row rows[] = {
      {"a number", scaled_object("lagThreshold: 50"),
       ":15: error: spec.triggers[0].metadata.lagThreshold: must be a string"},
      {"a bool", scaled_object("allowIdleConsumers: true"), "must be a string; put the value into quotes"},
      {"a bool of YAML 1.1", scaled_object("allowIdleConsumers: yes"), "must be a string; put the value into quotes"},
      {"a hexadecimal number", scaled_object("version: 0x10"), "must be a string; put the value into quotes"},
      {"a number with an exponent", scaled_object("version: 1e3"), "must be a string; put the value into quotes"},
      {"nothing", scaled_object("lagThreshold:"), "is null, but must be a string"},
      {"a list", scaled_object("auth: [a]"), "metadata.auth: must be a string; the API server takes no list"},
      {"a key twice", scaled_object("topic: other"), ":15: error: spec.triggers[0].metadata.topic: comes twice"},
  };
  expect_findings(rows);
}

TEST(Check, FindsUnknownKeys) {
  const Row rows[] = {
      {"a misspelt key", scaled_object("lagTreshold: \"5\""),
       "error: spec.triggers[0].metadata.lagTreshold: is not a known key; did you mean lagThreshold?"},
      {"a foreign key", scaled_object("queueLength: \"5\""),
       "warning: spec.triggers[0].metadata.queueLength: is not a known key"},
      {"a key that is not read from the environment", scaled_object("lagThresholdFromEnv: LAG"),
       "error: spec.triggers[0].metadata.lagThresholdFromEnv: is not read from the environment; write lagThreshold "
       "itself"},
      {"KEDA's own certificates", scaled_object("caCert: x"), "caCert: is read from a TriggerAuthentication only"},
      {"a misspelt field of the trigger", scaled_object("", "    - type: external-push\n      metricsType: Value\n"),
       "error: spec.triggers[0].metricsType: is not a known key; did you mean metricType?"},
      {"a misspelt field of the spec", scaled_object("", "    - type: external-push\n", "  maxReplicasCount: 4\n"),
       ":6: error: spec.maxReplicasCount: is not a known key; did you mean maxReplicaCount?"},
  };
  expect_findings(rows);
}

TEST(Check, DoesNotShowCredentials) {
  const auto text = findings_of(scaled_object("password: hunter2\nusernameFromEnv: KAFKA_USER"));
  EXPECT_THAT(text, AllOf(HasSubstr(":15: error: spec.triggers[0].metadata.password:"), HasSubstr("authSecret"),
                          HasSubstr(":16: error: spec.triggers[0].metadata.usernameFromEnv:")));
  EXPECT_THAT(text, testing::Not(HasSubstr("hunter2")));
}

TEST(Check, TakesTheNameOfAVariableForItsValue) {
  const std::string text =
      "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {name: a}\n"
      "  maxReplicaCount: 3\n  minReplicaCount: 1\n  triggers:\n    - type: external-push\n      metadata: "
      "{scalerAddress: 'weir:9090', "
      "bootstrapServersFromEnv: BROKERS, consumerGroupFromEnv: GROUP, topicFromEnv: TOPIC}\n";
  EXPECT_EQ(findings_of(text), "");
}

TEST(Check, ChecksTheScaledObjectAround) {
  const std::string push = "    - type: external-push\n";
  const Row rows[] = {
      {"no maximum", scaled_object("", push, "  minReplicaCount: 1\n"),
       "warning: spec.maxReplicaCount: is not set, so KEDA takes 100"},
      {"more at least than at most", scaled_object("", push, "  minReplicaCount: 5\n  maxReplicaCount: 4\n"),
       ":6: error: spec.minReplicaCount: 5 is more than maxReplicaCount, which is 4"},
      {"as many idle as at least", scaled_object("", push, "  idleReplicaCount: 0\n  maxReplicaCount: 4\n"),
       "error: spec.idleReplicaCount: 0 must be less than minReplicaCount"},
      {"a quoted number", scaled_object("", push, "  maxReplicaCount: \"4\"\n"),
       "error: spec.maxReplicaCount: \"4\": write a whole number of at least 0, without quotes"},
      {"a fallback to nothing",
       scaled_object("", push, "  maxReplicaCount: 4\n  fallback: {failureThreshold: 3, replicas: 0}\n"),
       "warning: spec.fallback.replicas: with minReplicaCount 0"},
      {"another hpaMaxReplicas", scaled_object("hpaMaxReplicas: \"5\""),
       "warning: spec.triggers[0].metadata.hpaMaxReplicas: 5 is not the maxReplicaCount of this ScaledObject, which is "
       "4"},
      {"a minScale above the maximum", scaled_object("minScale: \"5\""),
       "warning: spec.triggers[0].metadata.minScale: 5 is more"},
      {"more replicas than the limitation leaves partitions", scaled_object("partitionLimitation: 0-1,7"),
       ":7: warning: spec.maxReplicaCount: 4 is more than the 3 replicas that have a partition to read"},
      {"many replicas without headroom", scaled_object("", push, "  maxReplicaCount: 12\n"),
       "note: spec.triggers[0].metadata: with hpaMaxReplicas: \"12\""},
      {"external where push would wake", scaled_object("", "    - type: external\n", "  maxReplicaCount: 4\n"),
       "note: spec.triggers[0].type: external-push wakes the target at the first record"},
      {"cached metrics", scaled_object("", push + "      useCachedMetrics: true\n"),
       "warning: spec.triggers[0].useCachedMetrics:"},
      {"utilization", scaled_object("", push + "      metricType: Utilization\n"),
       "error: spec.triggers[0].metricType:"},
      {"a key without effect", scaled_object("persistentLagSeconds: \"5\""),
       "metadata.persistentLagSeconds: has no effect without excludePersistentLag"},
  };
  expect_findings(rows);
}

TEST(Check, ComparesWithThePartitionsThatTheUserNames) {
  const auto text = scaled_object("consumersPerReplica: \"2\"");
  EXPECT_EQ(findings_of(text, {.partitions = {{"orders", 8}}}), "");
  EXPECT_THAT(findings_of(text, {.partitions = {{"orders", 5}}}), HasSubstr("4 is more than the 3 replicas"));
  EXPECT_EQ(findings_of(text, {.partitions = {{"other", 1}}}), "");
  EXPECT_EQ(findings_of(scaled_object("allowIdleConsumers: \"true\""), {.partitions = {{"orders", 1}}}), "");
  EXPECT_THAT(findings_of(scaled_object("partitionLimitation: 4-9"), {.partitions = {{"orders", 4}}}),
              HasSubstr("error: spec.triggers[0].metadata.partitionLimitation: leaves no partition of topic orders"));
}

TEST(Check, SkipsWhatIsNotForWeirAndSaysSo) {
  const Row rows[] = {
      {"another kind", "kind: Deployment\napiVersion: apps/v1\n", "a.yaml:1: note: kind: Deployment is not checked"},
      {"another external scaler",
       "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: a}\nspec:\n  scaleTargetRef: {name: a}\n"
       "  triggers:\n    - {type: external, metadata: {scalerAddress: 'other:1', queue: a}}\n    - {type: cpu, "
       "metadata: {value: '5'}}\n",
       "note: spec.triggers: none of these triggers is for Weir"},
      {"KEDA's own trigger", scaled_object("", "    - type: kafka\n"),
       ":9: note: spec.triggers[0]: to move this trigger to Weir: in line 9 write type: external-push"},
  };
  expect_findings(rows);
}

TEST(Check, ChecksEveryDocumentWithItsLines) {
  const auto text =
      "---\nkind: Secret\n---\n" + scaled_object("lagThreshold: \"0\"") + "---\n" + scaled_object("tls: \"on\"");
  EXPECT_THAT(findings_of(text), AllOf(HasSubstr("a.yaml:2: note: kind: Secret"), HasSubstr("a.yaml:18: error: "),
                                       HasSubstr("a.yaml:34: error: spec.triggers[0].metadata.tls")));
}

TEST(Check, ChecksItemsOfAList) {
  EXPECT_THAT(findings_of("kind: List\nitems:\n- kind: ScaledObject\n  apiVersion: keda.sh/v1\n"),
              HasSubstr(":4: error: items[0].apiVersion: \"keda.sh/v1\": write keda.sh/v1alpha1"));
}

TEST(Check, ChecksScaledJobs) {
  std::string text = scaled_object("hpaMaxReplicas: \"4\"");
  text.replace(text.find("ScaledObject"), 12, "ScaledJob");
  EXPECT_THAT(findings_of(text),
              AllOf(HasSubstr("error: spec.jobTargetRef: missing"), HasSubstr("warning: spec.scaleTargetRef:"),
                    HasSubstr("hpaMaxReplicas: is for the HPA, which a ScaledJob does not have")));
}

TEST(Check, SurvivesTextsThatAreNoObject) {
  const Row rows[] = {
      {"not YAML", "kind: [ScaledObject\nspec: {\n", "error: is not YAML"},
      {"a tab", "kind: ScaledObject\n\tspec: {}\n", "a.yaml:2: error: is not YAML"},
      {"a document that begins with a comma", "---\n# a\n, b: c\n",
       "a.yaml:3: error: is not YAML: a document cannot begin"},
      {"text after the end of a document", "a: {}\n}\n", "error: is not YAML"},
      {"empty", "", "a.yaml: error: holds no Kubernetes object"},
      {"comments only", "# nothing\n---\n", "holds no Kubernetes object"},
      {"a text", "hello", "is not a Kubernetes object"},
      {"no kind", "spec: {}", "error: kind: missing"},
      {"no spec", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\n", "error: spec: missing"},
      {"a text for the spec", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: x\n", "error: spec: missing"},
      {"a text for the triggers", "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {triggers: x}\n",
       "error: spec.triggers: must be a list"},
      {"texts in the list of triggers",
       "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {triggers: [x, [y]]}\n",
       "error: spec.triggers[1].type: missing"},
      {"a list as metadata",
       "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nspec: {triggers: [{type: external-push, metadata: [a]}]}\n",
       "error: spec.triggers[0].metadata: missing"},
      {"keys that are lists", "? [a]\n: b\nkind: ScaledJob\napiVersion: keda.sh/v1alpha1\n", "error: spec: missing"},
  };
  expect_findings(rows);
}

TEST(Check, ReportsAFileThatCannotBeRead) {
  const auto missing = check_file("/nonexistent/a.yaml");
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(render(missing), "/nonexistent/a.yaml: error: cannot be read: No such file or directory\n");
  EXPECT_THAT(render(check_file("/")), HasSubstr("cannot be read: Is a directory"));
}

TEST(Check, AcceptsTheExamples) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(WEIR_SOURCE_DIR "/examples")) {
    if (entry.path().extension() != ".yaml" || !entry.path().filename().string().starts_with("scaledobject")) continue;
    ++files;
    for (const CheckFinding& finding : check_file(entry.path())) {
      EXPECT_EQ(finding.severity, CheckSeverity::kNote) << render({finding});
    }
  }
  EXPECT_GE(files, 4U);
}

}  // namespace
}  // namespace weir::cli
