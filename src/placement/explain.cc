#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "placement/search.h"

// Looks at every pod and puts into words what search.cc decides: for people, so it may take its time.
namespace weir::placement {
namespace {

constexpr std::string_view kSchedulablePod = "SchedulablePod";
constexpr std::string_view kPodFits = "PodFitsResources";

// The plugin of a level that spoke most for `chosen` against `other`.
Verdict decisive(const Level& level, const Tally& tally, const Candidate& chosen, const Candidate& other) {
  const Score* best = nullptr;
  std::int64_t most = 0;
  for (const WeightedScore& weighted : level) {
    const std::int64_t gain =
        weighted.weight * (weighted.score->cost(tally, other) - weighted.score->cost(tally, chosen));
    if (best && gain <= most) continue;
    best = weighted.score.get();
    most = gain;
  }
  return {std::string(best->name()), fmt::format("{}, {}", best->explain(tally, chosen), best->explain(tally, other))};
}

// The first level at which the two differ, in words.
std::optional<Verdict> difference(std::span<const Level> levels, const Tally& tally, const Candidate& chosen,
                                  const Candidate& other) {
  for (const Level& level : levels)
    if (level_cost(level, tally, chosen) != level_cost(level, tally, other))
      return decisive(level, tally, chosen, other);
  return std::nullopt;
}

// Who rules a pod out for one more; none when it can have it.
std::optional<std::string_view> refuser(const Profile& profile, const Tally& tally, Ordinal pod) {
  if (!tally.pool().pod(pod)->usable) return kSchedulablePod;
  const Candidate candidate = candidate_of(tally, pod);
  if (candidate.free < tally.cost()) return kPodFits;
  for (const auto& filter : profile.filters)
    if (!filter->admits(tally, candidate)) return filter->name();
  return std::nullopt;
}

// Why, in words: for few pods only.
std::string refusal(const Profile& profile, const Tally& tally, Ordinal pod) {
  const Pool& pool = tally.pool();
  if (!pool.pod(pod)->usable) return pool.unusable_reason(pod);
  const Candidate candidate = candidate_of(tally, pod);
  if (candidate.free < tally.cost()) return no_room_text(tally, candidate);
  for (const auto& filter : profile.filters)
    if (!filter->admits(tally, candidate)) return filter->reason(tally, candidate);
  return {};
}

struct Refusals {
  Count pods = 0;
  Ordinal example = 0;
  std::string reason;
};

// Refused pods by plugin.
std::map<std::string_view, Refusals> refusals(const Profile& profile, const Tally& tally, Ordinal but) {
  std::map<std::string_view, Refusals> all;
  for (Ordinal pod = 0; pod < static_cast<Ordinal>(tally.pool().pods().size()); ++pod) {
    if (pod == but || !tally.pool().pod(pod)->exists) continue;
    const auto plugin = refuser(profile, tally, pod);
    if (!plugin) continue;
    Refusals& of_plugin = all[*plugin];
    if (of_plugin.pods++ > 0) continue;
    of_plugin.example = pod;
    of_plugin.reason = refusal(profile, tally, pod);
  }
  return all;
}

// The plugin that refused most pods, those of the profile before what is so for every group.
Verdict summary(const std::map<std::string_view, Refusals>& all) {
  const auto rank = [](const auto& entry) {
    const int kind = entry.first == kSchedulablePod ? 0 : entry.first == kPodFits ? 1 : 2;
    return std::pair(kind, entry.second.pods);
  };
  const auto most = std::ranges::max_element(all, {}, rank);
  std::string reason;
  for (const auto& [plugin, refused] : all) {
    if (!reason.empty()) reason += "; ";
    if (all.size() > 1) reason += fmt::format("{}: ", plugin);
    reason += refused.pods == 1
                  ? fmt::format("pod {} {}", refused.example, refused.reason)
                  : fmt::format("{} pods, such as {}, which {}", refused.pods, refused.example, refused.reason);
  }
  return {std::string(most->first), reason};
}

}  // namespace

std::string no_room_text(const Tally& tally, const Candidate& candidate) {
  const Count capacity = tally.pool().capacity();
  if (candidate.free <= 0) return fmt::format("is full, capacity {}", capacity);
  return fmt::format("has {} of its capacity {} left, and one more takes {}", candidate.free, capacity, tally.cost());
}

Verdict explain_choice(const Profile& profile, const Tally& tally, Ordinal chosen, Ordinal current) {
  const Candidate winner = candidate_of(tally, chosen, current);
  std::optional<Choice> second;
  for (Ordinal pod = 0; pod < static_cast<Ordinal>(tally.pool().pods().size()); ++pod) {
    if (pod == chosen || !tally.is_open(pod) || refuser(profile, tally, pod)) continue;
    const Choice choice{pod, cost_of(profile.scores, tally, candidate_of(tally, pod, current))};
    if (!second || choice.cost < second->cost) second = choice;
  }
  if (second) {
    const auto verdict = difference(profile.scores, tally, winner, candidate_of(tally, second->pod, current));
    return verdict ? *verdict : Verdict{"LowestOrdinalPriority", "every other score was equal"};
  }
  const auto refused = refusals(profile, tally, chosen);
  if (refused.empty()) return {std::string(kSchedulablePod), "the only pod"};
  Verdict verdict = summary(refused);
  verdict.reason = "the only pod left: " + verdict.reason;
  return verdict;
}

Verdict explain_refusal(const Profile& profile, const Tally& tally) {
  const auto refused = refusals(profile, tally, -1);
  if (refused.empty()) return {std::string(kSchedulablePod), "the pool has no pod"};
  return summary(refused);
}

Verdict explain_removal(const Profile& profile, const Tally& tally, Ordinal chosen) {
  const Candidate winner = candidate_of(tally, chosen);
  if (!tally.pool().pod(chosen)->usable) return {std::string(kSchedulablePod), tally.pool().unusable_reason(chosen)};
  std::optional<Choice> second;
  for (const Ordinal pod : tally.pods()) {
    if (pod == chosen || tally.on_pod(pod) <= 0) continue;
    const Choice choice{pod, cost_of(profile.removals, tally, candidate_of(tally, pod))};
    if (!second || choice.cost < second->cost) second = choice;
  }
  if (!second) return {std::string(kSchedulablePod), "the only pod that held any"};
  const auto verdict = difference(profile.removals, tally, winner, candidate_of(tally, second->pod));
  return verdict ? *verdict : Verdict{"RemoveWithHighestOrdinalPriority", "every other score was equal"};
}

}  // namespace weir::placement
