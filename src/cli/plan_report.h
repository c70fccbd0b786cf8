#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cli/plan.h"

namespace weir::cli {

// Tables: placements, what was decided for each virtual replica and by which plugin, what is pending, the pool. Lines
// are at most `width` long where that is possible; 0 for as long as need be.
std::string plan_table(const PlanProblem& problem, const PlanResult& result, std::size_t width = 0);
nlohmann::json plan_json(const PlanProblem& problem, const PlanResult& result);

// Two profiles side by side: placements that differ, and the figures of both.
std::string plan_comparison(const PlanProblem& problem, const PlanResult& one, const PlanResult& other);

}  // namespace weir::cli
