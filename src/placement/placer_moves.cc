#include <algorithm>

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

Count Placer::empty(Ordinal pod, MoveCause cause, Count budget) {
  std::vector<GroupState*> groups;
  for (const GroupId id : pool_.pod(pod)->groups)
    groups.push_back(&roster_.by_id(id));
  std::ranges::sort(groups, Roster::ByKey());
  Count moved = 0;
  for (GroupState* group : groups) {
    tally_.bind(group->placed, group->demand.partitions);
    // All of them are taken off before a place is looked for: a pod that is to be empty must not count as one that
    // holds some, least of all against the partitions.
    const bool all = cause != MoveCause::kOverCapacity;
    for (Count left = tally_.on_pod(pod); left > 0 && moved < budget; --left) {
      if (!all && pool_.pod(pod)->used <= pool_.capacity()) return moved;
      tally_.add(pod, all ? -tally_.on_pod(pod) : -1);
      const auto choice = best_pod(profile_, tally_);
      if (!choice) break;
      shift(*group, pod, choice->pod, cause, trace_ ? explain_choice(profile_, tally_, choice->pod) : Verdict{});
      tally_.add(choice->pod, 1);
      ++moved;
    }
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
  tally_.bind(group.placed, group.demand.partitions);
  tally_.add(pod, -1);
  const auto choice = best_pod(profile_, tally_, pod);
  if (!choice || choice->pod == pod || !is_worth(*choice, pod)) return std::nullopt;
  return choice->pod;
}

std::optional<Ordinal> Placer::worth_leaving(const GroupState& group) {
  if (!profile_.stay_level) return std::nullopt;
  tally_.bind(group.placed, group.demand.partitions);
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
