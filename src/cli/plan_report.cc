#include "cli/plan_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/parse.h"
#include "cli/text_table.h"

namespace weir::cli {
namespace {

using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string pod_or_dash(const PlanProblem& problem, const std::optional<placement::Ordinal>& pod) {
  return pod ? problem.pod_name(*pod) : "-";
}

std::string time_text(std::chrono::milliseconds after) {
  return after.count() == 0 ? "0s" : base::format_duration(after);
}

// What happened to the virtual replica, in a word.
std::string event_of(const placement::Step& step) {
  if (step.cause) return std::string(to_string(*step.cause));
  return step.to ? "Placed" : "Removed";
}

std::string verdict_text(const placement::Verdict& verdict) {
  if (verdict.plugin.empty()) return verdict.reason;
  return verdict.reason.empty() ? verdict.plugin : fmt::format("{}: {}", verdict.plugin, verdict.reason);
}

std::string pods_text(placement::Count pods) {
  return fmt::format("{} pod{}", pods, pods == 1 ? "" : "s");
}

// Why, behind the name of the reason.
std::string pending_text(const PlanOutcome& outcome) {
  const std::string no_room = outcome.refused.reason.empty() ? "every pod is full" : outcome.refused.reason;
  if (outcome.reason == to_string(placement::PendingReason::kPoolGrowing)) return no_room + ", and more are to come";
  if (outcome.reason == to_string(placement::PendingReason::kPoolAtMaximum))
    return no_room + ", and there are as many as maxReplicas";
  if (outcome.reason == to_string(placement::PendingReason::kCostAboveCapacity))
    return outcome.refused.reason + ": give the pool a larger capacity, or the group a smaller vreplicaCost";
  if (outcome.reason == to_string(placement::PendingReason::kRefused)) return verdict_text(outcome.refused);
  return outcome.refused.reason;
}

// With a column of costs where not all are 1.
std::string placements_table(const PlanProblem& problem, const PlanResult& result) {
  const bool costs = std::ranges::any_of(result.groups, [](const PlanOutcome& outcome) { return outcome.cost != 1; });
  Rows rows{{"GROUP", "POD", "NODE", "ZONE", "VREPLICAS", "BEFORE"}};
  if (costs) rows[0].emplace_back("COST EACH");
  for (const PlanOutcome& outcome : result.groups) {
    for (const PlanPlacement& placement : outcome.placements) {
      rows.push_back({to_string(outcome.group), problem.pod_name(placement.pod), or_dash(placement.node),
                      or_dash(placement.zone), fmt::to_string(placement.vreplicas), fmt::to_string(placement.before)});
      if (costs) rows.back().push_back(fmt::to_string(outcome.cost));
    }
  }
  return rows.size() > 1 ? text_table(rows) : "no placements\n";
}

// Virtual replicas of which all is the same share a row.
std::string steps_table(const PlanProblem& problem, const PlanResult& result, std::size_t width) {
  Rows rows{{"AFTER", "GROUP", "EVENT", "FROM", "TO", "COUNT", "DECIDED BY"}};
  int same = 0;
  for (const PlanStep& step : result.steps) {
    std::vector<std::string> row{time_text(step.after),
                                 to_string(step.step.group),
                                 event_of(step.step),
                                 pod_or_dash(problem, step.step.from),
                                 pod_or_dash(problem, step.step.to),
                                 rows.back()[5],
                                 verdict_text(step.step.verdict)};
    std::vector<std::string>& last = rows.back();
    same = row == last ? same + 1 : 1;
    row[5] = fmt::to_string(same);
    if (same > 1) {
      last = std::move(row);
    } else {
      rows.push_back(std::move(row));
    }
  }
  return rows.size() > 1 ? "\n" + text_table(rows, width) : "\nnothing to change\n";
}

std::string pending_table(const PlanResult& result, std::size_t width) {
  Rows rows{{"GROUP", "PENDING", "REASON"}};
  for (const PlanOutcome& outcome : result.groups) {
    if (outcome.pending == 0) continue;
    rows.push_back({to_string(outcome.group), fmt::to_string(outcome.pending),
                    fmt::format("{}: {}", outcome.reason, pending_text(outcome))});
  }
  return rows.size() > 1 ? "\n" + text_table(rows, width) : "";
}

std::string replicas_text(const PlanResult& result) {
  if (result.replicas == result.replicas_before) return pods_text(result.replicas);
  return fmt::format("{} -> {}", pods_text(result.replicas_before), result.replicas);
}

json verdict_json(const placement::Verdict& verdict) {
  return {{"plugin", verdict.plugin.empty() ? json(nullptr) : json(verdict.plugin)}, {"reason", verdict.reason}};
}

json or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

json group_json(const PlanProblem& problem, const PlanOutcome& outcome) {
  json placements = json::array();
  for (const PlanPlacement& placement : outcome.placements)
    placements.push_back({{"podName", problem.pod_name(placement.pod)},
                          {"node", or_null(placement.node)},
                          {"zone", or_null(placement.zone)},
                          {"vreplicas", placement.vreplicas},
                          {"before", placement.before}});
  json pending = nullptr;
  if (outcome.pending > 0)
    pending = {
        {"vreplicas", outcome.pending}, {"reason", outcome.reason}, {"decidedBy", verdict_json(outcome.refused)}};
  return {{"namespace", outcome.group.ns}, {"name", outcome.group.name},          {"wanted", outcome.wanted},
          {"vreplicaCost", outcome.cost},  {"placements", std::move(placements)}, {"pending", std::move(pending)}};
}

}  // namespace

std::string plan_table(const PlanProblem& problem, const PlanResult& result, std::size_t width) {
  std::string text =
      placements_table(problem, result) + steps_table(problem, result, width) + pending_table(result, width);
  text += fmt::format("\npool     {}, capacity {} each, {}{}\n", problem.pool_name, problem.pool.capacity,
                      replicas_text(result), result.held ? "; held, as too many nodes are not ready" : "");
  text += fmt::format("placed   {} on {}, {} moved, {} pending\n", result.placed(), pods_text(result.pods_used()),
                      result.moves(), result.pending());
  text += fmt::format("skew     zones {}, nodes {}\n", result.zone_skew, result.node_skew);
  text += fmt::format("profile  {}\n", result.profile);
  return text;
}

json plan_json(const PlanProblem& problem, const PlanResult& result) {
  json groups = json::array(), steps = json::array();
  for (const PlanOutcome& outcome : result.groups)
    groups.push_back(group_json(problem, outcome));
  for (const PlanStep& step : result.steps)
    steps.push_back({{"afterSeconds", static_cast<double>(step.after.count()) / 1000},
                     {"namespace", step.step.group.ns},
                     {"name", step.step.group.name},
                     {"event", event_of(step.step)},
                     {"from", step.step.from ? json(problem.pod_name(*step.step.from)) : json(nullptr)},
                     {"to", step.step.to ? json(problem.pod_name(*step.step.to)) : json(nullptr)},
                     {"decidedBy", verdict_json(step.step.verdict)}});
  return {{"profile", result.profile},
          {"groups", std::move(groups)},
          {"steps", std::move(steps)},
          {"pool",
           {{"name", problem.pool_name}, {"replicasBefore", result.replicas_before}, {"replicas", result.replicas}}},
          {"held", result.held},
          {"placed", result.placed()},
          {"pending", result.pending()},
          {"moves", result.moves()},
          {"podsUsed", result.pods_used()},
          {"zoneSkew", result.zone_skew},
          {"nodeSkew", result.node_skew}};
}

std::string plan_comparison(const PlanProblem& problem, const PlanResult& one, const PlanResult& other) {
  std::map<std::pair<placement::GroupKey, placement::Ordinal>, std::pair<PlanPlacement, PlanPlacement>> both;
  for (const PlanOutcome& outcome : one.groups)
    for (const PlanPlacement& placement : outcome.placements)
      both[{outcome.group, placement.pod}].first = placement;
  for (const PlanOutcome& outcome : other.groups)
    for (const PlanPlacement& placement : outcome.placements)
      both[{outcome.group, placement.pod}].second = placement;
  Rows rows{{"GROUP", "POD", "NODE", "ZONE", "BEFORE", one.profile, other.profile}};
  for (const auto& [where, placements] : both) {
    const auto& [first, second] = placements;
    if (first.vreplicas == second.vreplicas) continue;
    const PlanPlacement& known = first.node.empty() ? second : first;
    rows.push_back({to_string(where.first), problem.pod_name(where.second), or_dash(known.node), or_dash(known.zone),
                    fmt::to_string(std::max(first.before, second.before)), fmt::to_string(first.vreplicas),
                    fmt::to_string(second.vreplicas)});
  }
  std::string text = rows.size() > 1 ? text_table(rows) : "every placement is the same\n";
  const auto row = [&](const std::string& name, auto figure) {
    return std::vector<std::string>{name, fmt::to_string(figure(one)), fmt::to_string(figure(other))};
  };
  text += "\n" + text_table({{"", one.profile, other.profile},
                             row("placed", [](const PlanResult& result) { return result.placed(); }),
                             row("pending", [](const PlanResult& result) { return result.pending(); }),
                             row("moved", [](const PlanResult& result) { return result.moves(); }),
                             row("pods used", [](const PlanResult& result) { return result.pods_used(); }),
                             row("pods wanted", [](const PlanResult& result) { return result.replicas; }),
                             row("zone skew", [](const PlanResult& result) { return result.zone_skew; }),
                             row("node skew", [](const PlanResult& result) { return result.node_skew; })});
  return text;
}

}  // namespace weir::cli
