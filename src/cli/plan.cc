#include "cli/plan.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace weir::cli {
namespace {

using placement::Count;
using placement::Pool;
using placement::Scheduler;

// Long after the epoch, so that pods and nodes can have been as they are for a while.
constexpr base::SteadyTime kStart{std::chrono::hours(24 * 365)};

void tell(const PlanProblem& problem, Scheduler& scheduler) {
  scheduler.set_pool(problem.pool, problem.stateful_set);
  for (const PlanNode& node : problem.nodes)
    scheduler.set_node(node.node, kStart - node.since);
  for (const PlanPod& pod : problem.pods) {
    scheduler.set_pod(pod.pod, kStart - pod.since);
    if (pod.gone) scheduler.remove_pod(pod.pod.ordinal, kStart - pod.since);
  }
  for (const PlanGroup& group : problem.groups) {
    scheduler.restore(group.key, group.placements, kStart);
    scheduler.set_group(group.key, group.demand);
  }
}

PlanOutcome outcome_of(const PlanGroup& group, const Scheduler& scheduler) {
  PlanOutcome outcome;
  outcome.group = group.key;
  outcome.wanted = group.demand.vreplicas;
  outcome.cost = group.demand.cost;
  std::map<placement::Ordinal, PlanPlacement> by_pod;
  for (const auto& placement : group.placements)
    by_pod[placement.pod].before += placement.vreplicas;
  for (const auto& placement : *scheduler.placements(group.key))
    by_pod[placement.pod].vreplicas = placement.vreplicas;
  for (auto& [pod, placement] : by_pod) {
    placement.pod = pod;
    const auto node = scheduler.pool().node_of(pod);
    if (node != placement::kNoNode) {
      placement.node = scheduler.pool().node(node).name;
      placement.zone = scheduler.pool().zone(scheduler.pool().node(node).zone).name;
    }
    if (placement.vreplicas > 0 || placement.before > 0) outcome.placements.push_back(placement);
  }
  return outcome;
}

// The difference between most and least of a group over the names given, some of which may have none.
Count skew(const PlanOutcome& outcome, const std::set<std::string>& domains, std::string PlanPlacement::* domain) {
  std::map<std::string, Count> counts;
  for (const std::string& name : domains)
    counts[name] = 0;
  for (const PlanPlacement& placement : outcome.placements)
    if (domains.contains(placement.*domain)) counts[placement.*domain] += placement.vreplicas;
  if (counts.empty()) return 0;
  const auto [least, most] = std::ranges::minmax_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most->second - least->second;
}

void add_skews(const Pool& pool, PlanResult& result) {
  std::set<std::string> zones, nodes;
  for (const Pool::PodSlot& pod : pool.pods()) {
    if (!pod.usable) continue;
    nodes.insert(pool.node(pod.node).name);
    zones.insert(pool.zone(pool.node(pod.node).zone).name);
  }
  for (const PlanOutcome& outcome : result.groups) {
    result.zone_skew = std::max(result.zone_skew, skew(outcome, zones, &PlanPlacement::zone));
    result.node_skew = std::max(result.node_skew, skew(outcome, nodes, &PlanPlacement::node));
  }
}

}  // namespace

Count PlanResult::placed() const {
  Count sum = 0;
  for (const PlanOutcome& outcome : groups)
    for (const PlanPlacement& placement : outcome.placements)
      sum += placement.vreplicas;
  return sum;
}

Count PlanResult::pending() const {
  return std::accumulate(groups.begin(), groups.end(), Count{0},
                         [](Count sum, const PlanOutcome& outcome) { return sum + outcome.pending; });
}

Count PlanResult::moves() const {
  return static_cast<Count>(
      std::ranges::count_if(steps, [](const PlanStep& step) { return step.step.from && step.step.to; }));
}

Count PlanResult::pods_used() const {
  std::set<placement::Ordinal> pods;
  for (const PlanOutcome& outcome : groups)
    for (const PlanPlacement& placement : outcome.placements)
      if (placement.vreplicas > 0) pods.insert(placement.pod);
  return static_cast<Count>(pods.size());
}

PlanResult plan(const PlanProblem& problem, const placement::ProfileSpec& profile, std::chrono::milliseconds horizon) {
  Scheduler scheduler(placement::make_profile(profile).value(), problem.patience);
  scheduler.set_trace(true);
  tell(problem, scheduler);
  PlanResult result;
  result.profile = profile.name;
  result.replicas_before = problem.stateful_set.replicas;
  std::map<placement::GroupKey, placement::GroupOutcome> last;
  for (base::SteadyTime now = kStart;;) {
    placement::Decision decision = scheduler.run(now);
    const auto after = std::chrono::duration_cast<std::chrono::milliseconds>(now - kStart);
    for (placement::Step& step : decision.steps)
      result.steps.push_back({after, std::move(step)});
    for (placement::GroupOutcome& outcome : decision.groups)
      last[outcome.key] = std::move(outcome);
    result.replicas = decision.pool_replicas;
    result.held = decision.held;
    if (!decision.next || *decision.next > kStart + horizon) break;
    now = *decision.next;
  }
  for (const PlanGroup& group : problem.groups) {
    PlanOutcome outcome = outcome_of(group, scheduler);
    if (const auto found = last.find(group.key); found != last.end()) {
      outcome.pending = found->second.pending;
      if (found->second.reason) outcome.reason = to_string(*found->second.reason);
      outcome.refused = found->second.refused;
    }
    result.groups.push_back(std::move(outcome));
  }
  std::ranges::sort(result.groups, {}, &PlanOutcome::group);
  add_skews(scheduler.pool(), result);
  return result;
}

std::optional<placement::ProfileSpec> find_profile(const PlanProblem& problem, const std::string& name) {
  if (const auto found = problem.profiles.find(name); found != problem.profiles.end()) return found->second;
  return placement::built_in_profile(name);
}

}  // namespace weir::cli
