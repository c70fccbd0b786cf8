#include "placement/placer.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "placement/fair_shares.h"
#include "placement/shortlist.h"

namespace weir::placement {
namespace {

// From so many virtual replicas of a group on a list of where to look is worth keeping.
constexpr Count kMany = 100;

// The claims of the groups, namespace by namespace; both come in the order of their keys.
std::vector<NamespaceClaims> claims_of(const std::vector<GroupState*>& groups, std::optional<Count> quota) {
  std::vector<NamespaceClaims> claims;
  const NamespaceState* last = nullptr;
  for (const GroupState* group : groups) {
    if (group->ns != last) {
      auto& ns = claims.emplace_back();
      ns.has = group->ns->placed;
      if (quota) ns.allowance = std::max<std::int64_t>(0, *quota - group->ns->placed);
      last = group->ns;
    }
    claims.back().groups.push_back({group->total, group->lacks(), group->demand.cost});
  }
  return claims;
}

std::vector<Count> flat(const std::vector<std::vector<Count>>& of_namespaces) {
  std::vector<Count> all;
  for (const auto& of_namespace : of_namespaces)
    all.insert(all.end(), of_namespace.begin(), of_namespace.end());
  return all;
}

// The room for what the groups lack; none when it is enough for all, as far as that can be told beforehand.
std::optional<CostRoom> scarce_room(const CountByCost& lacks, const Pool& pool) {
  CostRoom room{.units = pool.open(1).places(), .places = {}};
  bool enough = true;
  std::int64_t units = 0;
  for (const auto& [cost, count] : lacks) {
    units += cost * count;
    room.places[cost] = pool.open(cost).places();
    enough = enough && count <= room.places[cost];
  }
  if (enough && units <= room.units) return std::nullopt;
  return room;
}

std::vector<Count> shares_of(const std::vector<GroupState*>& groups, std::optional<Count> quota, const Pool& pool) {
  if (groups.size() == 1 && !quota) return {groups.front()->lacks()};
  CountByCost lacks;
  std::vector<Count> shares;
  for (const GroupState* group : groups) {
    lacks[group->demand.cost] += group->lacks();
    shares.push_back(group->lacks());
  }
  auto room = scarce_room(lacks, pool);
  if (!quota && !room) return shares;
  const auto claims = claims_of(groups, quota);
  if (lacks.size() == 1) return flat(fair_shares(claims, pool.open(lacks.begin()->first).places()));
  if (!room) room = CostRoom{.units = std::numeric_limits<std::int64_t>::max(), .places = std::move(lacks)};
  return flat(fair_shares_by_cost(claims, *std::move(room)));
}

// In which order they are placed: what takes most comes first, as it finds room in fewer places.
std::vector<std::size_t> dearest_first(const std::vector<GroupState*>& groups) {
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto cost = [&](std::size_t group) { return groups[group]->demand.cost; };
  if (!std::ranges::is_sorted(order, std::ranges::greater(), cost))
    std::ranges::stable_sort(order, std::ranges::greater(), cost);
  return order;
}

}  // namespace

void Placer::take_excess() {
  while (!roster_.exceeding().empty()) {
    GroupState& group = **roster_.exceeding().begin();
    bind(group);
    std::optional<LeaveShortlist> shortlist;
    if (-group.lacks() >= kMany) shortlist.emplace(profile_, tally_);
    while (group.lacks() < 0) {
      const Ordinal pod = shortlist ? shortlist->pod_to_leave() : pod_to_leave(profile_, tally_);
      if (trace_) note(group, pod, std::nullopt, std::nullopt, explain_removal(profile_, tally_, pod));
      tally_.add(pod, -1);
      roster_.put(group, pod, -1);
      if (shortlist) shortlist->refresh(pod);
    }
  }
}

void Placer::place(const std::vector<GroupState*>& groups, std::optional<Count> quota) {
  std::vector<GroupState*> open;
  std::ranges::copy_if(groups, std::back_inserter(open),
                       [&](const GroupState* group) { return group->demand.cost <= pool_.capacity(); });
  while (!open.empty()) {
    const std::vector<Count> shares = shares_of(open, quota, pool_);
    std::vector<GroupState*> rest;
    bool refused_any = false;
    for (const std::size_t i : dearest_first(open)) {
      const Count placed = place_one_group(*open[i], shares[i]);
      // What plugins refuse one group, or has no room for it, is left for the others.
      if (placed < shares[i]) {
        refused_any = true;
      } else if (open[i]->lacks() > 0) {
        rest.push_back(open[i]);
      }
    }
    if (!refused_any) break;
    std::ranges::sort(rest, Roster::ByKey());
    open = std::move(rest);
  }
  nobody_.reset();
  for (GroupState* group : groups)
    settle_pending(*group, quota);
}

Count Placer::place_one_group(GroupState& group, Count most) {
  if (most <= 0) return 0;
  bind(group);
  std::optional<PlaceShortlist> shortlist;
  if (most >= kMany) shortlist.emplace(profile_, tally_);
  for (Count placed = 0; placed < most; ++placed) {
    const auto choice = shortlist ? shortlist->best_pod() : best_pod(profile_, tally_);
    if (!choice) return placed;
    Verdict verdict = trace_ ? explain_choice(profile_, tally_, choice->pod) : Verdict{};
    if (!group.displaced.empty()) {
      const Displaced displaced = group.displaced.back();
      group.displaced.pop_back();
      note(group, displaced.from, choice->pod, displaced.cause, std::move(verdict));
    } else if (trace_) {
      note(group, std::nullopt, choice->pod, std::nullopt, std::move(verdict));
    }
    tally_.add(choice->pod, 1);
    roster_.put(group, choice->pod, 1);
    if (shortlist) shortlist->refresh(choice->pod);
  }
  return most;
}

void Placer::settle_pending(GroupState& group, std::optional<Count> quota) {
  std::optional<PendingReason> reason;
  Verdict refused;
  if (group.lacks() > 0) {
    bind(group);
    if (group.demand.cost > pool_.capacity()) {
      reason = PendingReason::kCostAboveCapacity;
      refused = {"", fmt::format("one takes {} of a pod's capacity, which is {}", group.demand.cost, pool_.capacity())};
    } else if (quota && group.ns->placed >= *quota) {
      reason = PendingReason::kNamespaceQuota;
      refused = {"", "its namespace has " + std::to_string(group.ns->placed) + " of " + std::to_string(*quota)};
    } else if (pool_.usable_pods() == 0) {
      reason = PendingReason::kNoSchedulablePod;
      // The same for every group, and there may be thousands.
      if (!nobody_) nobody_ = explain_refusal(profile_, tally_);
      refused = *nobody_;
    } else if (tally_.open().pods() == 0 || best_pod(profile_, tally_)) {
      reason = PendingReason::kPoolAtMaximum;
      if (group.demand.cost > 1)
        refused = {"", fmt::format("no pod has room for one, which takes {} of its capacity", group.demand.cost)};
    } else {
      reason = PendingReason::kRefused;
      refused = explain_refusal(profile_, tally_);
    }
  }
  for (const Displaced& displaced : group.displaced)
    if (group.lacks() > 0) note(group, displaced.from, std::nullopt, displaced.cause, refused);
  group.displaced.clear();
  if (reason == group.pending && refused == group.refused) return;
  group.pending = reason;
  group.refused = std::move(refused);
  roster_.mark_changed(group);
}

void Placer::displace(Ordinal pod, MoveCause cause) {
  const std::vector<GroupId> groups = pool_.pod(pod)->groups;
  for (const GroupId id : groups) {
    GroupState& group = roster_.by_id(id);
    const auto at = std::ranges::lower_bound(group.placed, pod, {}, &Placement::pod);
    const Count count = at->vreplicas;
    group.displaced.insert(group.displaced.end(), static_cast<std::size_t>(count), {pod, cause});
    roster_.put(group, pod, -count);
  }
}

void Placer::note(const GroupState& group, std::optional<Ordinal> from, std::optional<Ordinal> to,
                  std::optional<MoveCause> cause, Verdict verdict) {
  steps_.push_back({group.key, from, to, cause, std::move(verdict)});
}

std::vector<Step> Placer::take_steps() {
  return std::exchange(steps_, {});
}

}  // namespace weir::placement
