#include <algorithm>

#include <fmt/format.h>

#include "controller/pool_objects.h"
#include "controller/pool_state.h"

// What a pool says of its groups and of itself.
namespace weir::controller {
namespace {

using placement::Count;
using placement::Ordinal;
using placement::PendingReason;

std::string pending_text(const placement::GroupOutcome& outcome, const PoolSettings& settings) {
  const auto& verdict = outcome.refused;
  const std::string_view no_room = verdict.reason.empty() ? "every pod is full" : std::string_view(verdict.reason);
  if (outcome.reason == PendingReason::kPoolGrowing) return fmt::format("{}, and more are to come", no_room);
  if (outcome.reason == PendingReason::kPoolAtMaximum)
    return fmt::format("{}, and the pool has as many as its weir.dev/max-replicas, {}", no_room,
                       settings.placement.max_replicas);
  if (outcome.reason == PendingReason::kCostAboveCapacity)
    return fmt::format("{}: give the pool a larger weir.dev/capacity, or the group a smaller spec.vreplicaCost",
                       verdict.reason);
  return verdict.plugin.empty() ? verdict.reason : fmt::format("{}: {}", verdict.plugin, verdict.reason);
}

std::string state_of(const kube::ObjectPtr& object) {
  if (!object) return "Gone";
  const auto pod = read_pod(*object, 0);
  if (pod.terminating) return "Terminating";
  if (pod.failed) return "Failed";
  if (pod.node.empty()) return "Pending";
  return is_ready(*object) ? "Ready" : "NotReady";
}

}  // namespace

void PoolState::report_groups_on(Ordinal pod) {
  for (const auto& [key, vreplicas] : assignments_.wanted(pod))
    unreported_.insert(key);
}

std::set<Ordinal> PoolState::pods_of(const Group& group) {
  auto pods = group.reported_pods;
  if (group.outcome)
    for (const auto& placed : group.outcome->placements)
      pods.insert(placed.pod);
  return pods;
}

std::vector<std::pair<kube::ObjectKey, PlacementReport>> PoolState::take_reports(
    const std::map<Ordinal, std::string>& unwritten) {
  std::vector<std::pair<kube::ObjectKey, PlacementReport>> reports;
  for (auto at = unreported_.begin(); at != unreported_.end();) {
    const auto found = groups_.find(*at);
    if (found == groups_.end()) {
      at = unreported_.erase(at);
      continue;
    }
    Group& group = found->second;
    bool waits = false;
    std::string reason;
    for (const Ordinal pod : pods_of(group)) {
      const auto failed = unwritten.find(pod);
      if (failed == unwritten.end()) continue;
      waits = true;
      if (reason.empty()) reason = failed->second;
    }
    if (!waits || !reason.empty()) reports.emplace_back(*at, report(group, reason));
    if (waits) {
      ++at;
      continue;
    }
    group.reported = reports.back().second.placed;
    group.reported_pods.clear();
    if (group.outcome)
      for (const auto& placed : group.outcome->placements)
        group.reported_pods.insert(placed.pod);
    at = unreported_.erase(at);
  }
  return reports;
}

PlacementReport PoolState::report(const Group& group, const std::string& unwritten) const {
  if (!settings_)
    return unplaced_report(ConditionStatus::kUnknown, "InvalidPool",
                           fmt::format("StatefulSet {}: {}", kube::to_string(pool_), problem_));
  if (!group.allowed)
    return {.placed = PlacementReport::Placed(),
            .scheduled = {kScheduled, ConditionStatus::kFalse, "NamespaceNotAllowed",
                          fmt::format("StatefulSet {} does not name this namespace in weir.dev/allowed-namespaces",
                                      kube::to_string(pool_))}};
  if (!group.outcome) return undecided_report();
  if (!unwritten.empty())
    return {.placed = group.reported,
            .scheduled = {kScheduled, ConditionStatus::kFalse, "AssignmentNotWritten", unwritten}};
  return {.placed = placed_now(group), .scheduled = condition(group)};
}

Condition PoolState::condition(const Group& group) const {
  const auto& outcome = *group.outcome;
  if (outcome.pending == 0) return {kScheduled, ConditionStatus::kTrue, "Placed", "every virtual replica has a pod"};
  const auto reason = outcome.reason.value_or(PendingReason::kNoSchedulablePod);
  // It passes by itself.
  const bool growing = reason == PendingReason::kPoolGrowing;
  return {kScheduled, growing ? ConditionStatus::kUnknown : ConditionStatus::kFalse, std::string(to_string(reason)),
          fmt::format("{} of {} virtual replicas are pending: {}", outcome.pending,
                      placement::total(outcome.placements) + outcome.pending, pending_text(outcome, *settings_))};
}

PlacementReport::Placed PoolState::placed_now(const Group& group) const {
  PlacementReport::Placed placed;
  const auto key = kube::key_of(*group.object);
  for (const auto& [ordinal, vreplicas] : group.outcome->placements) {
    const auto zone = scheduler_.pool().zone_of(ordinal);
    placed.places.push_back({.pod = pod_name(ordinal),
                             .vreplicas = vreplicas,
                             .zone = zone == placement::kNoZone ? "" : scheduler_.pool().zone(zone).name});
    const auto pod = pods_.find(ordinal);
    if (pod == pods_.end() || !pod->second.ready) continue;
    if (settings_->ack_required && !assignments_.is_applied(ordinal, key, pod->second.applied)) continue;
    placed.ready += vreplicas;
  }
  return placed;
}

Count PoolState::placed() const {
  Count sum = 0;
  for (const auto& [key, group] : groups_)
    if (group.outcome) sum += placement::total(group.outcome->placements);
  return sum;
}

Count PoolState::pending() const {
  Count sum = 0;
  for (const auto& [key, group] : groups_)
    if (group.outcome) sum += group.outcome->pending;
  return sum;
}

PoolPodView PoolState::view_of(Ordinal ordinal) const {
  const auto& slot = *scheduler_.pool().pod(ordinal);
  PoolPodView view;
  view.name = pod_name(ordinal);
  view.ordinal = ordinal;
  view.used = slot.used;
  for (const auto& [group, vreplicas] : assignments_.wanted(ordinal))
    view.vreplicas += vreplicas;
  view.state = "Gone";
  if (slot.node != placement::kNoNode) {
    const auto& node = scheduler_.pool().node(slot.node);
    view.node = node.name;
    view.zone = scheduler_.pool().zone(node.zone).name;
  }
  view.generation = assignments_.generation(ordinal);
  if (const auto pod = pods_.find(ordinal); pod != pods_.end()) {
    view.state = state_of(pod->second.object);
    view.full = pod->second.full;
    view.applied = pod->second.applied;
  }
  view.unschedulable = slot.pod.unschedulable;
  return view;
}

PoolView PoolState::view() const {
  PoolView view;
  view.key = pool_;
  view.problem = problem_;
  view.held = held_;
  const auto settings = settings_.value_or(PoolSettings()).placement;
  view.capacity = settings.capacity;
  view.min_replicas = settings.min_replicas;
  view.max_replicas = settings.max_replicas;
  if (stateful_set_) view.replicas = read_stateful_set(*stateful_set_, settled_template_).replicas;
  view.wanted = replicas_.value_or(view.replicas);
  const auto pods = scheduler_.pool().pods();
  for (Ordinal ordinal = 0; ordinal < static_cast<Ordinal>(pods.size()); ++ordinal) {
    const auto& slot = pods[static_cast<std::size_t>(ordinal)];
    if (slot.exists || slot.used > 0) view.pods.push_back(view_of(ordinal));
  }
  for (const auto& [key, group] : groups_) {
    PoolGroupView& told = view.groups.emplace_back();
    told.key = key;
    const auto demand = read_demand(*group.object);
    told.wanted = demand.vreplicas;
    told.cost = demand.cost;
    if (group.outcome) {
      told.placements = group.outcome->placements;
      told.pending = group.outcome->pending;
    }
    const auto now = report(group, "");
    if (now.scheduled.status == ConditionStatus::kTrue) continue;
    told.reason = now.scheduled.reason;
    told.message = now.scheduled.message;
  }
  return view;
}

}  // namespace weir::controller
