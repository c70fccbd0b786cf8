#include "cli/check_trigger.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/parse.h"
#include "cli/check_scale.h"
#include "cli/did_you_mean.h"
#include "scaling/trigger_keys.h"
#include "scaling/trigger_spec.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array kTriggerFields{"type"sv,     "name"sv,       "useCachedMetrics"sv,
                                    "metadata"sv, "metricType"sv, "authenticationRef"sv};
// One of these makes an external trigger one for Weir.
constexpr std::array kMarks{"consumerGroup"sv, "consumerGroupFromEnv"sv, "clusterRef"sv,
                            "authSecret"sv,    "bootstrapServers"sv,     "bootstrapServersFromEnv"sv};
constexpr std::array kFromEnvironment{"bootstrapServers"sv, "consumerGroup"sv, "topic"sv};
constexpr std::array kCertificates{"caCert"sv, "tlsClientCert"sv, "tlsClientKey"sv};

bool has_any(const CheckNode& metadata, std::span<const std::string_view> keys) {
  return std::ranges::any_of(keys, [&](std::string_view key) { return metadata[std::string(key)].present(); });
}

// The metadata as Weir would get it. Of variables only the name is known here: a valid value stands for theirs.
scaling::TriggerMetadata read_metadata(const CheckNode& metadata, CheckReport& report) {
  scaling::TriggerMetadata values;
  std::set<std::string> seen;
  for (const auto& [key, value] : metadata.entries()) {
    if (!seen.insert(key).second) report.error(value, "comes twice; keep one");
    const bool scalar = value.yaml().IsScalar() || value.yaml().IsNull();
    if (!scalar) {
      report.error(value, "must be a string; the API server takes no list or map here");
      continue;
    }
    const ScalarType type = scalar_type(value.yaml());
    if (type == ScalarType::kNull) {
      report.error(value, "is null, but must be a string; write a value or take the key away");
    } else if (type != ScalarType::kString) {
      report.error(value, "must be a string; put the value into quotes");
    }
    values[key] = value.text();
  }
  for (const std::string_view key : kFromEnvironment) {
    const auto variable = values.find(fmt::format("{}FromEnv", key));
    if (variable == values.end() || base::trim(variable->second).empty()) continue;
    variable->second = key == "bootstrapServers" ? "environment:9092" : "environment";
  }
  return values;
}

CheckNode node_of(const CheckNode& metadata, const std::string& field) {
  CheckNode from_env = metadata[field + "FromEnv"];
  return !metadata[field].present() && from_env.present() ? from_env : metadata[field];
}

std::string message_of(const base::FieldError& error) {
  return error.value.empty() ? error.remedy : fmt::format("\"{}\": {}", error.value, error.remedy);
}

void check_unknown_keys(const CheckNode& metadata, const scaling::TriggerMetadata& values, CheckReport& report) {
  const auto known = scaling::trigger_keys();
  const std::vector<std::string> candidates(known.begin(), known.end());
  const auto refused = [](std::string_view key) {
    if (key.ends_with("FromEnv")) key.remove_suffix(std::string_view("FromEnv").size());
    return std::ranges::find(scaling::secret_only_parameters(), key) != scaling::secret_only_parameters().end();
  };
  for (const std::string& key : scaling::unknown_keys(values)) {
    if (refused(key)) continue;
    const CheckNode node = metadata[key];
    const std::string meant = did_you_mean(key, candidates);
    if (std::ranges::find(kCertificates, key) != kCertificates.end()) {
      report.error(node, "is read from a TriggerAuthentication only; put it there and name that in authenticationRef");
    } else if (key.ends_with("FromEnv") && scaling::unknown_keys({{key.substr(0, key.size() - 7), ""}}).empty()) {
      report.error(node,
                   fmt::format("is not read from the environment; write {} itself", key.substr(0, key.size() - 7)));
    } else if (!meant.empty()) {
      report.error(node, fmt::format("is not a known key; did you mean {}?", meant));
    } else {
      report.warning(node, "is not a known key and has no effect");
    }
  }
}

void check_scaler_address(const CheckNode& metadata, CheckReport& report) {
  const CheckNode node = metadata["scalerAddress"];
  const std::string address(base::trim(node.text()));
  if (address.empty()) {
    report.error(node, "missing; write the address of Weir's gRPC port, such as weir.weir.svc:9090");
  } else if (address.find(':') == std::string::npos) {
    report.error(node, fmt::format("\"{}\": the port is missing; write {}:9090", address, address));
  }
}

void check_keys_without_effect(const CheckNode& metadata, const scaling::TriggerSpec& spec, CheckReport& report) {
  const auto warn = [&](bool wrong, const std::string& key, std::string_view why) {
    if (wrong && !base::trim(metadata[key].text()).empty()) report.warning(metadata[key], std::string(why));
  };
  warn(!spec.policy.lag.persistent_after, "persistentLagSeconds",
       "has no effect without excludePersistentLag: \"true\"");
  warn(spec.topics.empty(), "partitionLimitation", "has no effect without topic");
  warn(!spec.cluster.cluster_ref.empty(), "unsafeSsl",
       "concerns KEDA's connection to Weir only; the cluster profile says how brokers are verified");
}

void check_settings(const CheckNode& trigger, const ScaledKind& object, CheckReport& report) {
  if (trigger["metricType"].text() == "Utilization") {
    report.error(trigger["metricType"], "external triggers take AverageValue or Value only; leave it out");
  }
  if (base::parse_bool(trigger["useCachedMetrics"].text()).value_or(false)) {
    report.warning(
        trigger["useCachedMetrics"],
        "makes the HPA wait for KEDA's next poll; Weir answers from memory, so it saves nothing: leave it out");
  }
  if (trigger["type"].text() == "external" && !object.is_job && object.min_replicas == 0) {
    report.note(trigger["type"], "external-push wakes the target at the first record, external at KEDA's next poll");
  }
  if (trigger["authenticationRef"].present()) {
    report.note(
        trigger["authenticationRef"],
        "KEDA uses caCert, tlsClientCert and tlsClientKey of it to reach Weir and forwards nothing; credentials "
        "for Kafka go into the Secret named by authSecret");
  }
}

void check_weir_trigger(const CheckNode& trigger, const ScaledKind& object, const CheckOptions& options,
                        CheckReport& report) {
  const CheckNode metadata = trigger["metadata"];
  const auto values = read_metadata(metadata, report);
  base::FieldErrors errors;
  const auto spec = scaling::parse_trigger(values, errors);
  for (const base::FieldError& error : errors.list())
    report.error(node_of(metadata, error.field), message_of(error));
  check_scaler_address(metadata, report);
  check_unknown_keys(metadata, values, report);
  check_settings(trigger, object, report);
  if (!errors.empty()) return;
  check_keys_without_effect(metadata, spec, report);
  check_scale(metadata, spec, object, options, report);
}

void describe_move(const CheckNode& trigger, CheckReport& report) {
  std::string steps = fmt::format(
      "to move this trigger to Weir: in line {} write type: external-push, below line {} add "
      "scalerAddress",
      trigger["type"].line(), trigger["metadata"].line());
  if (trigger["authenticationRef"].present()) {
    steps += fmt::format(" and authSecret, the Secret behind authenticationRef, and take line {} away",
                         trigger["authenticationRef"].line());
  }
  report.note(trigger, steps);
}

}  // namespace

bool check_trigger(const CheckNode& trigger, const ScaledKind& object, const CheckOptions& options,
                   CheckReport& report) {
  const std::string type = trigger["type"].text();
  if (type.empty()) report.error(trigger["type"], "missing; write external-push for Weir");
  if (type == "kafka" || type == "apache-kafka") {
    describe_move(trigger, report);
    return true;
  }
  if (type != "external" && type != "external-push") return false;
  if (!trigger["metadata"].is_map()) {
    report.error(trigger["metadata"],
                 "missing; write scalerAddress, bootstrapServers, consumerGroup and topic below it");
    return true;
  }
  if (!has_any(trigger["metadata"], kMarks)) return false;
  report.check_keys(trigger, kTriggerFields);
  check_weir_trigger(trigger, object, options, report);
  return true;
}

}  // namespace weir::cli
