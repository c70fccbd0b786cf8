#include "placement/roster.h"

#include <algorithm>

namespace weir::placement {

std::string_view to_string(PendingReason reason) {
  switch (reason) {
    case PendingReason::kNamespaceQuota:
      return "NamespaceQuota";
    case PendingReason::kPoolAtMaximum:
      return "PoolAtMaximum";
    case PendingReason::kPoolGrowing:
      return "PoolGrowing";
    case PendingReason::kNoSchedulablePod:
      return "NoSchedulablePod";
    case PendingReason::kRefused:
      return "Refused";
  }
  return "Unknown";
}

std::string_view to_string(MoveCause cause) {
  switch (cause) {
    case MoveCause::kPodGone:
      return "PodGone";
    case MoveCause::kPodTerminating:
      return "PodTerminating";
    case MoveCause::kPodFailed:
      return "PodFailed";
    case MoveCause::kPodWithoutNode:
      return "PodWithoutNode";
    case MoveCause::kNodeNotReady:
      return "NodeNotReady";
    case MoveCause::kPodUnschedulable:
      return "PodUnschedulable";
    case MoveCause::kNodeCordoned:
      return "NodeCordoned";
    case MoveCause::kOverCapacity:
      return "OverCapacity";
    case MoveCause::kCompaction:
      return "Compaction";
    case MoveCause::kRebalancing:
      return "Rebalancing";
  }
  return "Unknown";
}

GroupState& Roster::add(const GroupKey& key) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) return *found->second;
  GroupId id = static_cast<GroupId>(groups_.size());
  if (unused_.empty()) {
    groups_.emplace_back();
  } else {
    id = unused_.back();
    unused_.pop_back();
  }
  auto& group = groups_[static_cast<std::size_t>(id)];
  group = std::make_unique<GroupState>();
  group->key = key;
  group->id = id;
  group->ns = &namespaces_[key.ns];
  by_key_.emplace(key, group.get());
  changed_.insert(group.get());
  return *group;
}

const GroupState* Roster::find(const GroupKey& key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? nullptr : found->second;
}

void Roster::remove(const GroupKey& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  GroupState& group = *found->second;
  set_demand(group, {});
  while (!group.placed.empty())
    put(group, group.placed.back().pod, -group.placed.back().vreplicas);
  lacking_.erase(&group);
  exceeding_.erase(&group);
  changed_.erase(&group);
  by_key_.erase(found);
  unused_.push_back(group.id);
  groups_[static_cast<std::size_t>(group.id)].reset();
}

void Roster::set_demand(GroupState& group, const Demand& demand) {
  if (group.demand == demand) return;
  group.ns->wanted += demand.vreplicas - group.demand.vreplicas;
  wanted_ += demand.vreplicas - group.demand.vreplicas;
  group.demand = demand;
  sort_in(group);
}

void Roster::put(GroupState& group, Ordinal pod, Count delta) {
  const auto at = std::ranges::lower_bound(group.placed, pod, {}, &Placement::pod);
  const bool there = at != group.placed.end() && at->pod == pod;
  if (!there) {
    group.placed.insert(at, {pod, delta});
    pool_.add_group(pod, group.id);
  } else if ((at->vreplicas += delta) == 0) {
    group.placed.erase(at);
    pool_.remove_group(pod, group.id);
  }
  if (delta < 0) ++frees_;
  group.total += delta;
  group.ns->placed += delta;
  pool_.add(pod, delta);
  sort_in(group);
}

void Roster::sort_in(GroupState& group) {
  const auto put_in = [&](Set& set, bool in) {
    if (in) {
      set.insert(&group);
    } else {
      set.erase(&group);
    }
  };
  put_in(lacking_, group.lacks() > 0);
  put_in(exceeding_, group.lacks() < 0);
  changed_.insert(&group);
}

std::int64_t Roster::demand(std::optional<Count> quota) const {
  if (!quota) return wanted_;
  std::int64_t sum = 0;
  for (const auto& [name, ns] : namespaces_)
    sum += std::min<std::int64_t>(ns.wanted, *quota);
  return sum;
}

}  // namespace weir::placement
