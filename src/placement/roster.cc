#include "placement/roster.h"

#include <algorithm>

#include "placement/fair_shares.h"

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
    case PendingReason::kCostAboveCapacity:
      return "CostAboveCapacity";
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
  pool_.add_cost(group->demand.cost);
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
  pool_.remove_cost(group.demand.cost);
  by_key_.erase(found);
  unused_.push_back(group.id);
  groups_[static_cast<std::size_t>(group.id)].reset();
}

void Roster::set_demand(GroupState& group, const Demand& demand) {
  if (group.demand == demand) return;
  if (demand.cost == group.demand.cost) {
    count_wanted(group, demand.cost, demand.vreplicas - group.demand.vreplicas);
  } else {
    count_wanted(group, group.demand.cost, -group.demand.vreplicas);
    count_wanted(group, demand.cost, demand.vreplicas);
    change_cost(group, demand.cost);
  }
  group.demand = demand;
  sort_in(group);
}

void Roster::count_wanted(const GroupState& group, Count cost, std::int64_t delta) {
  if (delta == 0) return;
  for (CountByCost* wanted : {&group.ns->wanted, &wanted_}) {
    const auto at = wanted->try_emplace(cost, 0).first;
    if ((at->second += delta) == 0) wanted->erase(at);
  }
}

void Roster::change_cost(const GroupState& group, Count cost) {
  pool_.add_cost(cost);
  for (const Placement& placement : group.placed)
    pool_.add(placement.pod, std::int64_t{placement.vreplicas} * (cost - group.demand.cost));
  pool_.remove_cost(group.demand.cost);
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
  pool_.add(pod, std::int64_t{delta} * group.demand.cost);
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

CountByCost Roster::wanted_within(Count quota) const {
  CountByCost sum;
  for (const auto& [name, ns] : namespaces_) {
    if (ns.wanted.size() > 1) {
      share_out(name, ns, quota, sum);
    } else if (!ns.wanted.empty()) {
      const auto& [cost, count] = *ns.wanted.begin();
      sum[cost] += std::min<std::int64_t>(count, quota);
    }
  }
  return sum;
}

void Roster::share_out(const std::string& name, const NamespaceState& ns, Count quota, CountByCost& sum) const {
  std::vector<Claim> claims;
  for (auto at = by_key_.lower_bound({name, ""}); at != by_key_.end() && at->first.ns == name; ++at) {
    const GroupState& group = *at->second;
    if (group.demand.cost > pool_.capacity()) continue;
    claims.push_back({group.total, std::max<Count>(0, group.lacks()), group.demand.cost});
  }
  const auto shares = fair_shares(claims, std::max<std::int64_t>(0, quota - ns.placed));
  for (std::size_t i = 0; i < claims.size(); ++i)
    sum[claims[i].cost] += claims[i].has + shares[i];
}

}  // namespace weir::placement
