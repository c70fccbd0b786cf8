#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "controller/consumer_group.h"
#include "controller/scaling_settings.h"
#include "kube/json.h"

namespace weir::controller {

// What of a ScaledObject follows from the installation and not from the group.
struct ScaledObjectOptions {
  std::string scaler_address;  // host:port that KEDA reaches the scaler at
  // Whether the API server's HPA has a tolerance (1.35); without, the metric gets headroom instead.
  bool hpa_tolerance = false;
  // Whether KEDA is to use TLS, and the ClusterTriggerAuthentication that has its certificates; empty: none.
  bool scaler_tls = false;
  std::string scaler_authentication = {};
};

// How many replicas a group may have: max, at most one for each `consumers_per_replica` partitions, at least min (KEDA
// refuses less). Unknown partitions: no cap.
std::int64_t max_replicas(const ScalingSettings& settings, std::optional<std::int64_t> partitions);

// Whether min is above what the partitions keep busy.
bool min_above_partitions(const ScalingSettings& settings, std::optional<std::int64_t> partitions);

// The metadata of the trigger at index 0, as KEDA sends it to the scaler.
std::map<std::string, std::string> trigger_metadata(const ConsumerGroup& group, const ScalingSettings& settings,
                                                    std::optional<std::int64_t> partitions,
                                                    const ScaledObjectOptions& options);

// The ScaledObject of a group, just the fields that are ours: for server-side apply.
kube::Json desired_scaled_object(const ConsumerGroup& group, const ScalingSettings& settings,
                                 std::optional<std::int64_t> partitions, const ScaledObjectOptions& options);

// Whether `actual` is as `desired` was when it was applied: nothing to write.
bool is_applied(const kube::Json& actual, const kube::Json& desired);

}  // namespace weir::controller
