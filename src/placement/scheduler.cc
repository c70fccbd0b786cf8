#include "placement/scheduler.h"

#include <algorithm>

namespace weir::placement {

Scheduler::Scheduler(Profile profile, Patience patience)
    : patience_(patience), roster_(pool_), placer_(pool_, roster_, std::move(profile)) {}

void Scheduler::set_pool(const PoolSettings& settings, const StatefulSet& stateful_set) {
  // Another quota or maximum is worth another try.
  if (settings != settings_) room_seen_ = ~std::uint64_t{0};
  settings_ = settings;
  if (!target_) target_ = stateful_set.replicas;
  pool_.set_capacity(settings.capacity);
  pool_.set_updating(stateful_set.updating, stateful_set.replicas);
  dirty_ = true;
}

void Scheduler::set_pod(const Pod& pod, base::SteadyTime now) {
  pool_.set_pod(pod, now);
  dirty_ = true;
}

void Scheduler::remove_pod(Ordinal ordinal, base::SteadyTime now) {
  pool_.remove_pod(ordinal, now);
  dirty_ = true;
}

void Scheduler::set_node(const Node& node, base::SteadyTime now) {
  pool_.set_node(node, now);
  dirty_ = true;
}

void Scheduler::remove_node(const std::string& name, base::SteadyTime now) {
  pool_.remove_node(name, now);
  dirty_ = true;
}

void Scheduler::set_group(const GroupKey& key, const Demand& demand) {
  GroupState& group = roster_.add(key);
  if (demand.vreplicas < group.demand.vreplicas || demand.cost < group.demand.cost) floor_ = 0;
  roster_.set_demand(group, demand);
  dirty_ = true;
}

void Scheduler::restore(const GroupKey& key, const Placements& placements, base::SteadyTime now) {
  GroupState& group = roster_.add(key);
  if (!group.placed.empty()) return;
  for (const Placement& placement : placements) {
    if (placement.vreplicas <= 0 || placement.pod < 0 || placement.pod > kMaxOrdinal) continue;
    pool_.expect_pod(placement.pod, now);
    roster_.put(group, placement.pod, placement.vreplicas);
  }
  dirty_ = true;
}

void Scheduler::remove_group(const GroupKey& key) {
  roster_.remove(key);
  floor_ = 0;
  dirty_ = true;
}

Decision Scheduler::run(base::SteadyTime now) {
  if (!next_cycle_) next_cycle_ = now + patience_.cycle;
  const bool held = is_held(now);
  take_off_lost(now, held);
  // Before the pool is sized: what a pod that gets nothing new holds counts there.
  placer_.take_excess();
  size_pool(now, held);
  do {
    place_lacking();
    // More pods may be there already.
  } while (grow_for_pending(now, held));
  // Time alone may have changed something: a node's grace has ended.
  dirty_ = dirty_ || !roster_.changed().empty();
  if (!held && now >= *next_cycle_) move_by_choice(now);
  Decision decision;
  decision.groups = outcomes();
  decision.steps = placer_.take_steps();
  decision.pool_replicas = target_.value_or(0);
  decision.held = held;
  decision.next = next_time(now, held);
  return decision;
}

void Scheduler::place_lacking() {
  std::vector<GroupState*> groups;
  const std::uint64_t room = pool_.room_version() + roster_.frees();
  if (room != room_seen_) {
    groups.assign(roster_.lacking().begin(), roster_.lacking().end());
  } else {
    // No room has appeared, so for the others nothing is different.
    std::ranges::set_intersection(roster_.lacking(), roster_.changed(), std::back_inserter(groups), Roster::ByKey());
  }
  placer_.place(groups, settings_.max_vreplicas_per_namespace);
  room_seen_ = pool_.room_version() + roster_.frees();
}

std::vector<GroupOutcome> Scheduler::outcomes() {
  const bool at_maximum = target_.value_or(0) >= settings_.max_replicas;
  if (at_maximum != std::exchange(was_at_maximum_, at_maximum))
    for (GroupState* group : roster_.lacking())
      roster_.mark_changed(*group);
  std::vector<GroupOutcome> outcomes;
  for (GroupState* group : roster_.take_changed()) {
    if (group->lacks() <= 0) {
      group->pending.reset();
      group->refused = {};
      group->displaced.clear();
    }
    GroupOutcome& outcome = outcomes.emplace_back();
    outcome.key = group->key;
    outcome.placements = group->placed;
    outcome.pending = std::max<Count>(0, group->lacks());
    outcome.reason = group->pending;
    outcome.refused = group->refused;
    if (outcome.reason == PendingReason::kPoolAtMaximum && !at_maximum) outcome.reason = PendingReason::kPoolGrowing;
  }
  return outcomes;
}

const Placements* Scheduler::placements(const GroupKey& key) const {
  const GroupState* group = roster_.find(key);
  return group ? &group->placed : nullptr;
}

std::optional<MoveCause> Scheduler::cause_to_empty(Ordinal ordinal) const {
  const Pool::PodSlot& pod = *pool_.pod(ordinal);
  if (pod.used == 0 || pool_.is_away(ordinal)) return std::nullopt;
  if (pod.pod.unschedulable) return MoveCause::kPodUnschedulable;
  if (ordinal >= pool_.limit()) return MoveCause::kCompaction;
  if (patience_.leave_cordoned_nodes && pool_.node(pod.node).cordoned) return MoveCause::kNodeCordoned;
  if (pod.used > pool_.capacity()) return MoveCause::kOverCapacity;
  return std::nullopt;
}

void Scheduler::move_by_choice(base::SteadyTime now) {
  if (!dirty_) return;
  const Count floor = floor_;
  if (empty_pods(now) || rebalance()) {
    next_cycle_ = now + patience_.cycle;
  } else {
    // A pod that could not be emptied is used again from the next run on, which may be worth moves.
    dirty_ = floor_ != floor;
  }
}

bool Scheduler::empty_pods(base::SteadyTime now) {
  // From the highest ordinal down, so that a pool that shrinks gets rid of its last pod first.
  for (Ordinal ordinal = static_cast<Ordinal>(pool_.pods().size()) - 1; ordinal >= 0; --ordinal) {
    const auto cause = cause_to_empty(ordinal);
    if (!cause) continue;
    const bool compaction = cause == MoveCause::kCompaction;
    const bool has_room = !compaction || placer_.fits_elsewhere(ordinal);
    if (has_room && placer_.empty(ordinal, *cause, patience_.max_moves_per_cycle) > 0) return true;
    if (compaction) floor_ = std::max(floor_, ordinal + 1);
    // What fits beside no other load gets a pod more.
    const bool stuck = cause == MoveCause::kOverCapacity && placer_.is_stuck(ordinal);
    if (stuck && !are_pods_coming(now, false)) floor_ = std::max(floor_, *target_ + 1);
  }
  return false;
}

bool Scheduler::rebalance() {
  std::optional<Ordinal> pod;
  Count budget = patience_.max_moves_per_cycle;
  for (const auto& [key, group] : roster_.all()) {
    if (!pod) pod = placer_.worth_leaving(*group);
    if (pod) budget -= placer_.improve(*group, *pod, budget);
    if (budget == 0) break;
  }
  return pod.has_value();
}

}  // namespace weir::placement
