#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/field_errors.h"
#include "lag/partition_lag.h"

namespace weir::scaling {

// The metadata of one trigger, as KEDA sends it in ScaledObjectRef.scalerMetadata.
using TriggerMetadata = std::map<std::string, std::string>;

// One `parameter=secret/key` of the `auth` metadata key.
struct AuthReference {
  std::string parameter;
  std::string secret;
  std::string key;

  bool operator==(const AuthReference&) const = default;
};

enum class IsolationLevel { kReadUncommitted, kReadCommitted };

// Which cluster a trigger reads, and where its credentials come from. Either `cluster_ref` or `bootstrap_servers` is
// set.
struct ClusterRequest {
  std::vector<std::string> bootstrap_servers;
  std::string cluster_ref;
  std::string auth_secret;
  std::vector<AuthReference> auth;
  // Authentication parameters that KEDA reads from the metadata itself: sasl, tls, unsafeSsl, saslTokenProvider,
  // awsRegion. They win over the same names in a Secret. Only those present.
  std::map<std::string, std::string> auth_parameters;
  IsolationLevel isolation = IsolationLevel::kReadUncommitted;

  bool operator==(const ClusterRequest&) const = default;
};

// How partitionCap limits the replicas: kExact never lets more than the cap through, kKeda uses KEDA's integer division
// (which lets P + 1 through), kNone does not limit.
enum class PartitionCap { kExact, kKeda, kNone };

// How lag becomes a metric value. Units: records and replicas.
struct ScalingPolicy {
  std::int64_t lag_threshold = 10;
  std::int64_t activation_lag_threshold = 0;
  std::int64_t min_scale = 0;
  std::optional<std::int64_t> max_scale = {};
  std::optional<std::int64_t> hpa_max_replicas = {};
  std::int64_t consumers_per_replica = 1;
  PartitionCap partition_cap = PartitionCap::kExact;
  bool allow_idle_consumers = false;
  bool limit_to_partitions_with_lag = false;
  bool ensure_even_distribution = false;
  // Partitions that count, ascending, as ranges [first, last]; none: all. An empty list lets none count.
  std::optional<std::vector<std::pair<std::int32_t, std::int32_t>>> partition_limitation = {};
  lag::LagPolicy lag = {};

  bool operator==(const ScalingPolicy&) const = default;
};

// A trigger, checked.
struct TriggerSpec {
  ClusterRequest cluster;
  std::string group;
  std::vector<std::string> topics;  // empty: every topic that the group has committed to
  ScalingPolicy policy;
  std::string metric_name;  // as KEDA makes it, without its sN- prefix

  bool operator==(const TriggerSpec&) const = default;
};

// Checks the metadata of one trigger: the keys, defaults and rules of KEDA's kafka trigger (v2.21.0,
// pkg/scalers/kafka_scaler.go) and Weir's own (docs/configuration.md). All wrong fields are in one kInvalidArgument.
// Unknown keys are ignored, as KEDA does; unknown_keys names them.
base::Result<TriggerSpec> parse_trigger(const TriggerMetadata& metadata);

// The same, with each wrong field added to `errors` and left at its default.
TriggerSpec parse_trigger(const TriggerMetadata& metadata, base::FieldErrors& errors);

// Keys that neither Weir nor KEDA's external trigger knows, in order. For `weir check`.
std::vector<std::string> unknown_keys(const TriggerMetadata& metadata);

// kafka-<topic> or kafka-<group>-topics, with `/ . : % ( )` as `-`. Several topics are joined with a comma.
std::string metric_name(const std::string& group, const std::vector<std::string>& topics);

}  // namespace weir::scaling
