#include <algorithm>

#include "base/divide_up.h"
#include "placement/placer.h"
#include "placement/shortlist.h"

// Moves that nothing forces: off pods that are to be emptied, and towards a better spread.
namespace weir::placement {
namespace {

// From so many pods of a group on a list of where to look is worth keeping.
constexpr std::size_t kManyPods = 100;

}  // namespace

void Placer::shift(GroupState& group, Ordinal from, Ordinal to, MoveCause cause, Verdict verdict) {
  roster_.put(group, from, -1);
  roster_.put(group, to, 1);
  note(group, from, to, cause, std::move(verdict));
}

// By what one of each takes, most first, and by key.
std::vector<GroupState*> Placer::groups_on(Ordinal pod) {
  std::vector<GroupState*> groups;
  for (const GroupId id : pool_.pod(pod)->groups)
    groups.push_back(&roster_.by_id(id));
  std::ranges::sort(groups, [](const GroupState* a, const GroupState* b) {
    return a->demand.cost != b->demand.cost ? a->demand.cost > b->demand.cost : a->key < b->key;
  });
  return groups;
}

bool Placer::fits_elsewhere(Ordinal pod) {
  if (pool_.pod(pod)->used > pool_.open(1).places()) return false;
  std::vector<std::pair<Count, std::int64_t>> to_move;  // cost and how many, most first
  for (const GroupState* group : groups_on(pod)) {
    const Count cost = group->demand.cost;
    if (to_move.empty() || to_move.back().first != cost) to_move.emplace_back(cost, 0);
    to_move.back().second += std::ranges::lower_bound(group->placed, pod, {}, &Placement::pod)->vreplicas;
    // One that takes more uses up as many places of this cost as it could touch, wherever it goes.
    std::int64_t places = 0;
    for (const auto& [dearer, count] : to_move)
      places += base::divide_up(dearer, cost) * count;
    if (places > pool_.open(cost).places()) return false;
  }
  return true;
}

bool Placer::is_stuck(Ordinal pod) {
  return std::ranges::any_of(groups_on(pod), [&](const GroupState* group) {
    return group->demand.cost <= pool_.capacity() && pool_.open(group->demand.cost).pods() == 0;
  });
}

Count Placer::empty(Ordinal pod, MoveCause cause, Count budget) {
  if (cause == MoveCause::kOverCapacity) return relieve(pod, budget);
  Count moved = 0;
  for (GroupState* group : groups_on(pod)) {
    bind(*group);
    // All of them are taken off before a place is looked for: a pod that is to be empty must not count as one that
    // holds some, least of all against the partitions.
    for (Count left = tally_.on_pod(pod); left > 0 && moved < budget; --left) {
      tally_.add(pod, -tally_.on_pod(pod));
      const auto choice = best_pod(profile_, tally_);
      if (!choice) break;
      shift(*group, pod, choice->pod, cause, trace_ ? explain_choice(profile_, tally_, choice->pod) : Verdict{});
      tally_.add(choice->pod, 1);
      ++moved;
    }
  }
  return moved;
}

// Moves as few as will do: one that takes as much as is too much, or else those that take most.
Count Placer::relieve(Ordinal pod, Count budget) {
  std::vector<GroupState*> groups = groups_on(pod);
  Count moved = 0;
  while (moved < budget && !groups.empty()) {
    const std::int64_t excess = pool_.pod(pod)->used - pool_.capacity();
    if (excess <= 0) break;
    const auto enough = [&](const GroupState* group) { return group->demand.cost >= excess; };
    auto at = std::ranges::partition_point(groups, enough);
    if (at != groups.begin()) {
      const Count least = (*std::prev(at))->demand.cost;
      at = std::ranges::find(groups, least, [](const GroupState* group) { return group->demand.cost; });
    }
    GroupState& group = **at;
    bind(group);
    const bool there = tally_.on_pod(pod) > 0;
    tally_.add(pod, -1);
    const auto choice = there ? best_pod(profile_, tally_) : std::nullopt;
    if (!choice) {
      groups.erase(at);
      continue;
    }
    shift(group, pod, choice->pod, MoveCause::kOverCapacity,
          trace_ ? explain_choice(profile_, tally_, choice->pod) : Verdict{});
    ++moved;
  }
  return moved;
}

bool Placer::is_worth(const Choice& there, Ordinal here) const {
  const Cost stay = cost_of(profile_.scores, tally_, candidate_of(tally_, here, here));
  for (std::size_t level = 0; level < *profile_.stay_level; ++level) {
    const std::int64_t gain = stay[level] - there.cost[level];
    if (gain == 0) continue;
    const WeightedScore& first = profile_.scores[level].front();
    return gain >= first.weight * first.score->worth();
  }
  return false;
}

std::optional<Ordinal> Placer::better_pod(const GroupState& group, Ordinal pod) {
  if (!profile_.stay_level) return std::nullopt;
  bind(group);
  tally_.add(pod, -1);
  const auto choice = best_pod(profile_, tally_, pod);
  if (!choice || choice->pod == pod || !is_worth(*choice, pod)) return std::nullopt;
  return choice->pod;
}

std::optional<Ordinal> Placer::worth_leaving(const GroupState& group) {
  if (!profile_.stay_level) return std::nullopt;
  bind(group);
  std::optional<PlaceShortlist> shortlist;
  if (group.placed.size() >= kManyPods) shortlist.emplace(profile_, tally_);
  const auto count = [&](Ordinal pod, Count delta) {
    tally_.add(pod, delta);
    if (shortlist) shortlist->refresh(pod);
  };
  for (const auto& [pod, vreplicas] : group.placed) {
    if (!pool_.pod(pod)->usable) continue;
    count(pod, -1);
    const auto choice = shortlist ? shortlist->best_pod(pod) : best_pod(profile_, tally_, pod);
    if (choice && choice->pod != pod && is_worth(*choice, pod)) return pod;
    count(pod, 1);
  }
  return std::nullopt;
}

Count Placer::improve(GroupState& group, Ordinal pod, Count budget) {
  for (Count moved = 0; moved < budget; ++moved) {
    const auto at = std::ranges::lower_bound(group.placed, pod, {}, &Placement::pod);
    if (at == group.placed.end() || at->pod != pod) return moved;
    const auto better = better_pod(group, pod);
    if (!better) return moved;
    shift(group, pod, *better, MoveCause::kRebalancing,
          trace_ ? explain_choice(profile_, tally_, *better, pod) : Verdict{});
  }
  return budget;
}

}  // namespace weir::placement
