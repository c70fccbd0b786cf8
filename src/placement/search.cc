#include "placement/search.h"

#include <algorithm>

namespace weir::placement {
namespace {

// Keeps the best of the pods offered.
class Contest {
 public:
  Contest(const Profile& profile, const Tally& tally, Ordinal current)
      : profile_(profile), tally_(tally), current_(current) {}

  void offer(Ordinal pod) {
    const Candidate candidate = candidate_of(tally_, pod, current_);
    for (const auto& filter : profile_.filters)
      if (!filter->admits(tally_, candidate)) return;
    if (!best_) {
      best_ = Choice{pod, cost_of(profile_.scores, tally_, candidate)};
      return;
    }
    Cost cost{};
    bool better = false;
    for (std::size_t level = 0; level < profile_.scores.size(); ++level) {
      cost[level] = level_cost(profile_.scores[level], tally_, candidate);
      if (!better && cost[level] > best_->cost[level]) return;
      better = better || cost[level] < best_->cost[level];
    }
    if (better || pod < best_->pod) best_ = Choice{pod, cost};
  }

  std::optional<Choice> best() const { return best_; }

 private:
  const Profile& profile_;
  const Tally& tally_;
  Ordinal current_;
  std::optional<Choice> best_;
};

std::optional<Ordinal> lowest_untouched(const Tally& tally, NodeId node) {
  for (const Ordinal pod : tally.open().on_node(node))
    if (!tally.has_touched_pod(pod)) return pod;
  return std::nullopt;
}

}  // namespace

Candidate candidate_of(const Tally& tally, Ordinal pod, Ordinal current) {
  const Pool& pool = tally.pool();
  const Pool::PodSlot& slot = *pool.pod(pod);
  const ZoneId zone = slot.node == kNoNode ? kNoZone : pool.node(slot.node).zone;
  return {.pod = pod,
          .node = slot.node,
          .zone = zone,
          .on_pod = tally.on_pod(pod),
          .on_node = tally.on_node(slot.node),
          .in_zone = tally.in_zone(zone),
          .free = pool.free(pod),
          .current = pod == current};
}

std::optional<Choice> best_pod(const Profile& profile, const Tally& tally, Ordinal current) {
  Contest contest(profile, tally, current);
  for (const Ordinal pod : tally.pods())
    if (tally.is_open(pod)) contest.offer(pod);
  for (const NodeId node : tally.nodes())
    if (const auto pod = lowest_untouched(tally, node)) contest.offer(*pod);
  for (std::size_t zone = 0; zone < tally.pool().zones().size(); ++zone) {
    for (const auto& [pod, node] : tally.open().in_zone(static_cast<ZoneId>(zone))) {
      if (tally.has_touched_node(node)) continue;
      contest.offer(pod);
      break;
    }
  }
  return contest.best();
}

std::optional<Choice> best_pod_of_all(const Profile& profile, const Tally& tally, Ordinal current) {
  Contest contest(profile, tally, current);
  for (Ordinal pod = 0; pod < static_cast<Ordinal>(tally.pool().pods().size()); ++pod)
    if (tally.is_open(pod)) contest.offer(pod);
  return contest.best();
}

std::optional<Choice> best_of(const Profile& profile, const Tally& tally, std::span<const Ordinal> pods,
                              Ordinal current) {
  Contest contest(profile, tally, current);
  for (const Ordinal pod : pods)
    contest.offer(pod);
  return contest.best();
}

Ordinal pod_to_leave(const Profile& profile, const Tally& tally) {
  return pod_to_leave(profile, tally, tally.pods());
}

Ordinal pod_to_leave(const Profile& profile, const Tally& tally, std::span<const Ordinal> pods) {
  const Pool& pool = tally.pool();
  std::optional<Choice> best;
  bool best_usable = false;
  for (const Ordinal pod : pods) {
    if (tally.on_pod(pod) <= 0) continue;
    const bool usable = pool.pod(pod)->usable;
    if (best && usable && !best_usable) continue;
    const Choice choice{pod, cost_of(profile.removals, tally, candidate_of(tally, pod))};
    const bool first_of_kind = !best || (best_usable && !usable);
    if (first_of_kind || choice.cost < best->cost || (choice.cost == best->cost && pod > best->pod)) {
      best = choice;
      best_usable = usable;
    }
  }
  return best->pod;
}

}  // namespace weir::placement
