#include "placement/placer.h"

#include <algorithm>

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
    claims.back().groups.push_back({group->total, group->lacks()});
  }
  return claims;
}

std::vector<Count> shares_of(const std::vector<GroupState*>& groups, std::optional<Count> quota, std::int64_t room) {
  std::int64_t wanted = 0;
  std::vector<Count> shares;
  for (const GroupState* group : groups) {
    wanted += group->lacks();
    shares.push_back(group->lacks());
  }
  if (!quota && wanted <= room) return shares;
  shares.clear();
  for (const auto& of_namespace : fair_shares(claims_of(groups, quota), room))
    shares.insert(shares.end(), of_namespace.begin(), of_namespace.end());
  return shares;
}

}  // namespace

void Placer::take_excess() {
  while (!roster_.exceeding().empty()) {
    GroupState& group = **roster_.exceeding().begin();
    tally_.bind(group.placed, group.demand.partitions);
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
  std::vector<GroupState*> open = groups;
  while (!open.empty()) {
    const std::vector<Count> shares = shares_of(open, quota, pool_.free_capacity());
    std::vector<GroupState*> rest;
    bool refused_any = false;
    for (std::size_t i = 0; i < open.size(); ++i) {
      const Count placed = place_one_group(*open[i], shares[i]);
      // What plugins refuse one group is left for the others.
      if (placed < shares[i]) {
        refused_any = true;
      } else if (open[i]->lacks() > 0) {
        rest.push_back(open[i]);
      }
    }
    if (!refused_any) break;
    open = std::move(rest);
  }
  nobody_.reset();
  for (GroupState* group : groups)
    settle_pending(*group, quota);
}

Count Placer::place_one_group(GroupState& group, Count most) {
  if (most <= 0) return 0;
  tally_.bind(group.placed, group.demand.partitions);
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
    tally_.bind(group.placed, group.demand.partitions);
    if (quota && group.ns->placed >= *quota) {
      reason = PendingReason::kNamespaceQuota;
      refused = {"", "its namespace has " + std::to_string(group.ns->placed) + " of " + std::to_string(*quota)};
    } else if (pool_.usable_pods() == 0) {
      reason = PendingReason::kNoSchedulablePod;
      // The same for every group, and there may be thousands.
      if (!nobody_) nobody_ = explain_refusal(profile_, tally_);
      refused = *nobody_;
    } else if (pool_.open_pods() == 0 || best_pod(profile_, tally_)) {
      reason = PendingReason::kPoolAtMaximum;
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
