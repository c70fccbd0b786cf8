#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/plan.h"

namespace weir::cli {

// Tables: placements, what was decided for each virtual replica and by which plugin, what is pending, the pool.
std::string plan_table(const PlanProblem& problem, const PlanResult& result);
nlohmann::json plan_json(const PlanProblem& problem, const PlanResult& result);

// Two profiles side by side: placements that differ, and the figures of both.
std::string plan_comparison(const PlanProblem& problem, const PlanResult& one, const PlanResult& other);

}  // namespace weir::cli
