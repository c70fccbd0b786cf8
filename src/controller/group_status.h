#pragma once

#include <optional>

#include "base/clock.h"
#include "controller/group_plan.h"
#include "kube/json.h"

namespace weir::controller {

// The status of a group for server-side apply: all that the controller says, in an object that names the
// resourceVersion it was decided from. `lag` none: not known.
kube::Json desired_status(const kube::Json& object, const GroupPlan& plan, std::optional<std::int64_t> lag,
                          base::SystemTime now);

// Whether the object's status says it already.
bool status_is_current(const kube::Json& object, const kube::Json& desired);

// Whether status.lag should follow: the decision changed, it grew or fell by a factor of 2, or to or from 0.
bool lag_is_news(std::int64_t told, std::int64_t now, bool decision_changed);

}  // namespace weir::controller
