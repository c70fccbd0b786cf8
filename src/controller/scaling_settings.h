#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "kube/json.h"

namespace weir::controller {

enum class ScalingClass { kKeda, kDisabled };

// At least so many replicas between start and end, both cron expressions.
struct ScheduledReplicas {
  std::string timezone, start, end;
  std::int64_t replicas = 0;

  bool operator==(const ScheduledReplicas&) const = default;
};

// How a group is scaled: spec.scaling, with the annotations over it. Seconds and records.
struct ScalingSettings {
  ScalingClass scaling_class = ScalingClass::kKeda;
  std::int64_t min = 0;
  std::int64_t max = 50;
  std::int64_t lag_threshold = 100;
  std::int64_t activation_lag_threshold = 0;
  std::int64_t polling_interval = 10;
  std::int64_t cooldown_period = 30;
  std::int64_t consumers_per_replica = 1;
  std::vector<ScheduledReplicas> schedule = {};

  bool operator==(const ScalingSettings&) const = default;
};

// Reads a ConsumerGroup object. Annotations come in three spellings, of which the first that is there counts:
// autoscaling.weir.dev/min-scale, autoscaling.eventing.knative.dev/min-scale, autoscaling.knative.dev/minScale (with
// keda.autoscaling.knative.dev/pollingInterval and its like). kInvalidArgument names every one that is out of range, no
// number, or unknown under the first two prefixes.
base::Result<ScalingSettings> read_scaling(const kube::Json& object);

}  // namespace weir::controller
