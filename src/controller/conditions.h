#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kube/json.h"

namespace weir::controller {

enum class ConditionStatus { kTrue, kFalse, kUnknown };
std::string_view to_string(ConditionStatus status);

// One condition of a group; `type` is Autoscaling, LagKnown or Ready. Reasons are CamelCase and do not change between
// versions (docs/consumer-group.md lists them).
struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;
  std::string message;

  bool operator==(const Condition&) const = default;
};

// The list for status.conditions: `wanted` and nothing else, with the times of `before` where the status has not
// changed.
kube::Json render_conditions(const kube::Json& before, const std::vector<Condition>& wanted, std::int64_t generation,
                             base::SystemTime now);

// Whether people should look at it.
bool is_bad(const Condition& condition);

// Those of `wanted` whose status or reason differs from what `before` has; one that `before` lacks counts unless it is
// true and not bad.
std::vector<Condition> turned(const kube::Json& before, const std::vector<Condition>& wanted);

// The condition of that type in status.conditions; none: null.
const kube::Json& find_condition(const kube::Json& conditions, std::string_view type);

}  // namespace weir::controller
