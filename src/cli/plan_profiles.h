#pragma once

#include <map>
#include <string>

#include "cli/plan_fields.h"
#include "placement/profile.h"

namespace weir::cli {

// Reads the map `profiles`: each with `filters`, `scores` and `removals`, or in Knative's way with `predicates`,
// `priorities` and `deschedulerPriorities`, whose weights are all of one level.
std::map<std::string, placement::ProfileSpec> read_profiles(const CheckNode& profiles, PlanFields& fields);

}  // namespace weir::cli
