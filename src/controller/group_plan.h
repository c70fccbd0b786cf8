#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "controller/placement_book.h"
#include "controller/scaled_object.h"
#include "controller/scaling_settings.h"
#include "kube/json.h"

namespace weir::controller {

// Whether the cluster has KEDA's resources; kUnknown while the API server cannot say, or its objects are not here yet.
enum class KedaState { kUnknown, kAbsent, kInstalled };

// What the scaler said of a group last.
struct LagReading {
  std::int64_t partitions = 0;
  std::int64_t lag = 0;
  std::int64_t desired_replicas = 0;

  bool operator==(const LagReading&) const = default;
};

// What there is besides the group itself.
struct Observed {
  KedaState keda = KedaState::kUnknown;
  kube::ObjectPtr scaled_object = {};    // so-<uid>, if there is one
  std::vector<std::string> rivals = {};  // other ScaledObjects whose target is this group
  bool scaler_serves = false;            // it has answered lately
  // None: not asked yet. kUnavailable: the scaler or Kafka is away.
  std::optional<base::Result<LagReading>> lag = {};
  std::optional<PlacementReport> placement = {};  // none: the group has no pool
};

struct KeepScaledObject {};
struct ApplyScaledObject {
  kube::Json object;
};
struct RemoveScaledObject {};

// What is to be done for a group.
struct GroupPlan {
  std::variant<KeepScaledObject, ApplyScaledObject, RemoveScaledObject> action = {};
  std::vector<Condition> conditions = {};       // Ready last
  std::optional<std::int64_t> partitions = {};  // for status; none: not known
  // Fields of status other than conditions that stand whatever happens to the pool or the scaler.
  std::int64_t replicas = 0;
  std::string selector = {};
  // None: it has no pool.
  std::optional<PlacementReport> placement = {};
};

// Decides, from the object as it was read. Pure. What cannot be known changes nothing.
GroupPlan plan_group(const kube::Json& object, const Observed& observed, const ScaledObjectOptions& options);

}  // namespace weir::controller
