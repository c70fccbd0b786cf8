#include "cli/scheduler_config.h"

#include <algorithm>

#include <fmt/ranges.h>

#include "cli/plan.h"
#include "cli/text_file.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::Result;

Result<PlanProblem> read_file(const std::string& file) {
  const auto text = read_text_file(file);
  if (!text) return base::fail(ErrorCode::kInvalidArgument, "--scheduler-config {}: {}", file, text.error().message);
  auto reading = read_plan(file, *text);
  // That nothing is to be placed is no news here.
  std::erase_if(reading.findings, [](const CheckFinding& finding) { return finding.severity == CheckSeverity::kNote; });
  if (has_errors(reading.findings))
    return base::fail(ErrorCode::kInvalidArgument, "--scheduler-config:\n{}", render(reading.findings));
  const auto& problem = reading.problem;
  if (!problem.nodes.empty() || !problem.pods.empty() || !problem.groups.empty())
    return base::fail(ErrorCode::kInvalidArgument,
                      "--scheduler-config {}: the cluster says what there is; keep profile, profiles and patience",
                      file);
  return std::move(reading.problem);
}

}  // namespace

Result<SchedulerConfig> read_scheduler_config(const std::string& file, const std::string& profile) {
  auto problem = file.empty() ? Result<PlanProblem>(PlanProblem()) : read_file(file);
  if (!problem) return std::unexpected(problem.error());
  const auto& name = profile.empty() ? problem->profile : profile;
  const auto spec = find_profile(*problem, name);
  if (!spec) {
    auto known = placement::built_in_profiles();
    for (const auto& [of_file, unused] : problem->profiles)
      known.push_back(of_file);
    return base::fail(ErrorCode::kInvalidArgument, "--scheduler-profile \"{}\": write one of {}", name,
                      fmt::join(known, ", "));
  }
  auto made = placement::make_profile(*spec);
  if (!made) return std::unexpected(made.error());
  return SchedulerConfig{.profile = *std::move(made), .patience = problem->patience};
}

}  // namespace weir::cli
