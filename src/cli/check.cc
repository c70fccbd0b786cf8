#include "cli/check.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "cli/check_group.h"
#include "cli/check_report.h"
#include "cli/check_trigger.h"
#include "cli/text_file.h"
#include "cli/yaml_documents.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array kObjectFields{"apiVersion"sv, "kind"sv, "metadata"sv, "spec"sv, "status"sv};
constexpr std::array kScaledObjectFields{"scaleTargetRef"sv,  "pollingInterval"sv,  "initialCooldownPeriod"sv,
                                         "cooldownPeriod"sv,  "idleReplicaCount"sv, "minReplicaCount"sv,
                                         "maxReplicaCount"sv, "advanced"sv,         "triggers"sv,
                                         "fallback"sv};
constexpr std::array kScaledJobFields{"jobTargetRef"sv,           "pollingInterval"sv, "successfulJobsHistoryLimit"sv,
                                      "failedJobsHistoryLimit"sv, "rolloutStrategy"sv, "rollout"sv,
                                      "envSourceContainerName"sv, "minReplicaCount"sv, "maxReplicaCount"sv,
                                      "scalingStrategy"sv,        "triggers"sv};
constexpr std::array kNumberFields{"pollingInterval"sv,  "initialCooldownPeriod"sv, "cooldownPeriod"sv,
                                   "idleReplicaCount"sv, "minReplicaCount"sv,       "maxReplicaCount"sv};

void check_numbers(const CheckNode& spec, CheckReport& report) {
  for (const std::string_view key : kNumberFields) {
    const CheckNode node = spec[std::string(key)];
    if (!node.present() || node.integer().value_or(-1) >= 0) continue;
    report.error(node, fmt::format("\"{}\": write a whole number of at least 0, without quotes", node.text()));
  }
}

void check_replica_counts(const CheckNode& spec, CheckReport& report) {
  const auto least = spec["minReplicaCount"].integer().value_or(0);
  const auto most = spec["maxReplicaCount"].integer();
  const auto idle = spec["idleReplicaCount"].integer();
  if (most && least > *most) {
    report.error(spec["minReplicaCount"], fmt::format("{} is more than maxReplicaCount, which is {}", least, *most));
  }
  if (idle && *idle >= least) {
    report.error(spec["idleReplicaCount"],
                 fmt::format("{} must be less than minReplicaCount, which is {}", *idle, least));
  }
  if (spec["fallback"].present() && spec["fallback"]["replicas"].integer() == 0 && least == 0) {
    report.warning(spec["fallback"]["replicas"],
                   "with minReplicaCount 0 an error may scale the target to 0; write 1 or more");
  }
}

void check_triggers(const CheckNode& spec, const ScaledKind& object, const CheckOptions& options, CheckReport& report) {
  const auto triggers = spec["triggers"].items();
  if (triggers.empty()) return report.error(spec["triggers"], "must be a list with at least one trigger");
  bool any = false;
  std::set<std::string> names;
  for (const CheckNode& trigger : triggers) {
    const std::string name = trigger["name"].text();
    if (!name.empty() && !names.insert(name).second) report.error(trigger["name"], "another trigger has this name");
    any = check_trigger(trigger, object, options, report) || any;
  }
  if (!any) report.note(spec["triggers"], "none of these triggers is for Weir, so they were not checked");
}

void check_scaled(const CheckNode& document, bool is_job, const CheckOptions& options, CheckReport& report) {
  report.check_keys(document, kObjectFields);
  if (document["metadata"]["name"].text().empty()) report.error(document["metadata"]["name"], "missing");
  const CheckNode spec = document["spec"];
  if (!spec.is_map()) return report.error(spec, "missing; it holds the triggers");
  if (is_job) {
    report.check_keys(spec, kScaledJobFields);
    if (!spec["jobTargetRef"].is_map()) report.error(spec["jobTargetRef"], "missing; it holds the Job");
  } else {
    report.check_keys(spec, kScaledObjectFields);
    if (spec["scaleTargetRef"]["name"].text().empty()) {
      report.error(spec["scaleTargetRef"]["name"], "missing; name the Deployment to scale");
    }
  }
  check_numbers(spec, report);
  check_replica_counts(spec, report);
  check_triggers(spec,
                 {.is_job = is_job,
                  .min_replicas = spec["minReplicaCount"].integer().value_or(0),
                  .max_replicas = spec["maxReplicaCount"].integer(),
                  .max_replicas_node = spec["maxReplicaCount"]},
                 options, report);
}

void check_document(const CheckNode& document, const CheckOptions& options, CheckReport& report) {
  if (!document.present()) return;
  if (!document.is_map()) return report.error(document, "is not a Kubernetes object: it has no kind");
  const std::string kind = document["kind"].text();
  const std::string version = document["apiVersion"].text();
  if (kind == "List") {
    for (const CheckNode& item : document["items"].items())
      check_document(item, options, report);
  } else if (kind == "ConsumerGroup") {
    check_consumer_group(document, report);
  } else if (kind == "KafkaSource") {
    check_kafka_source(document, report);
  } else if (kind.empty()) {
    report.error(document["kind"], "missing; write ScaledObject, ScaledJob, ConsumerGroup or KafkaSource");
  } else if (kind != "ScaledObject" && kind != "ScaledJob") {
    report.note(document["kind"], fmt::format("{} is not checked", kind));
  } else if (version != "keda.sh/v1alpha1") {
    report.error(document["apiVersion"], fmt::format("\"{}\": write keda.sh/v1alpha1", version));
  } else {
    check_scaled(document, kind == "ScaledJob", options, report);
  }
}

}  // namespace

std::string_view to_string(CheckSeverity severity) {
  switch (severity) {
    case CheckSeverity::kError:
      return "error";
    case CheckSeverity::kWarning:
      return "warning";
    case CheckSeverity::kNote:
      return "note";
  }
  return "unknown";
}

std::vector<CheckFinding> check_text(const std::string& name, const std::string& text, const CheckOptions& options) {
  CheckReport report(name);
  try {
    bool any = false;
    for (const YAML::Node& document : load_documents(text)) {
      any = any || !document.IsNull();
      check_document(CheckNode(document, ""), options, report);
    }
    if (!any) report.file_error(0, "holds no Kubernetes object");
  } catch (const YAML::Exception& error) {
    report.file_error(error.mark.is_null() ? 0 : error.mark.line + 1, fmt::format("is not YAML: {}", error.msg));
  }
  return report.take();
}

std::vector<CheckFinding> check_file(const std::filesystem::path& file, const CheckOptions& options) {
  const auto text = read_text_file(file);
  if (text) return check_text(file.string(), *text, options);
  CheckReport report(file.string());
  report.file_error(0, text.error().message);
  return report.take();
}

bool has_errors(const std::vector<CheckFinding>& findings) {
  return std::ranges::find(findings, CheckSeverity::kError, &CheckFinding::severity) != findings.end();
}

std::string render(const std::vector<CheckFinding>& findings) {
  std::string text;
  for (const CheckFinding& finding : findings) {
    text += finding.file;
    if (finding.line > 0) text += fmt::format(":{}", finding.line);
    text += fmt::format(": {}: {}{}{}\n", to_string(finding.severity), finding.path, finding.path.empty() ? "" : ": ",
                        finding.message);
  }
  return text;
}

}  // namespace weir::cli
