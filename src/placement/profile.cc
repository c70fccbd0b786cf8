#include "placement/profile.h"

#include <algorithm>

namespace weir::placement {
namespace {

using ScoreMaker = base::Result<std::shared_ptr<const Score>> (*)(const PluginSpec&);

base::Result<std::vector<Level>> make_levels(const std::vector<std::vector<PluginSpec>>& specs, ScoreMaker make) {
  if (specs.size() > kMaxLevels)
    return base::fail(base::ErrorCode::kInvalidArgument, "{} levels: at most {} may decide one after the other",
                      specs.size(), kMaxLevels);
  std::vector<Level> levels;
  for (const auto& plugins : specs) {
    Level& level = levels.emplace_back();
    for (const PluginSpec& spec : plugins) {
      auto score = make(spec);
      if (!score) return std::unexpected(score.error());
      level.push_back({spec.weight, std::move(*score)});
    }
  }
  return levels;
}

std::vector<std::vector<PluginSpec>> one_by_one(std::vector<PluginSpec> plugins) {
  std::vector<std::vector<PluginSpec>> levels;
  levels.reserve(plugins.size());
  for (PluginSpec& plugin : plugins)
    levels.push_back({std::move(plugin)});
  return levels;
}

ProfileSpec default_spec() {
  return {
      .name = "default",
      .filters = {{"PodFitsResources"}, {"NoMaxResourceCount"}},
      .scores = one_by_one({{"ZoneSpread"}, {"NodeSpread"}, {"StayInPlace"}, {"PodSpread"}, {"LowestOrdinalPriority"}}),
      .removals = one_by_one({{"RemoveWithZoneSpread"},
                              {"RemoveWithNodeSpread"},
                              {"RemoveWithPodSpread"},
                              {"RemoveWithHighestOrdinalPriority"}})};
}

ProfileSpec compact_spec() {
  return {.name = "compact",
          .filters = {{"PodFitsResources"}},
          .scores = one_by_one({{"LowestOrdinalPriority"}}),
          .removals = one_by_one({{"RemoveWithHighestOrdinalPriority"}})};
}

// As eventing-kafka-broker 1.9 shipped it.
ProfileSpec knative_1_9_spec() {
  return {.name = "knative-1.9",
          .filters = {{"PodFitsResources"}, {"NoMaxResourceCount", 1, {{"NumPartitions", 100}}}},
          .scores = {{{"AvailabilityZonePriority", 10, {{"MaxSkew", 2}}},
                      {"LowestOrdinalPriority", 2},
                      {"EvenPodSpread", 2, {{"MaxSkew", 2}}}}},
          .removals = {{{"RemoveWithEvenPodSpreadPriority", 10, {{"MaxSkew", 2}}},
                        {"RemoveWithAvailabilityZonePriority", 10, {{"MaxSkew", 2}}},
                        {"RemoveWithHighestOrdinalPriority", 2}}}};
}

// The one algorithm that has taken the plugins' place: evenly over pods, away from the highest ordinal.
ProfileSpec knative_1_17_spec() {
  return {.name = "knative-1.17",
          .filters = {{"PodFitsResources"}},
          .scores = one_by_one({{"PodSpread"}, {"LowestOrdinalPriority"}}),
          .removals = one_by_one({{"RemoveWithHighestOrdinalPriority"}})};
}

}  // namespace

std::int64_t level_cost(const Level& level, const Tally& tally, const Candidate& candidate) {
  std::int64_t cost = 0;
  for (const WeightedScore& weighted : level)
    cost += weighted.weight * weighted.score->cost(tally, candidate);
  return cost;
}

Cost cost_of(std::span<const Level> levels, const Tally& tally, const Candidate& candidate) {
  Cost cost{};
  for (std::size_t level = 0; level < levels.size(); ++level)
    cost[level] = level_cost(levels[level], tally, candidate);
  return cost;
}

base::Result<Profile> make_profile(const ProfileSpec& spec) {
  Profile profile{.name = spec.name, .filters = {}, .scores = {}, .removals = {}, .stay_level = std::nullopt};
  for (const PluginSpec& plugin : spec.filters) {
    auto filter = make_filter(plugin);
    if (!filter) return std::unexpected(filter.error());
    profile.filters.push_back(std::move(*filter));
  }
  auto scores = make_levels(spec.scores, make_score);
  if (!scores) return std::unexpected(scores.error());
  auto removals = make_levels(spec.removals, make_removal);
  if (!removals) return std::unexpected(removals.error());
  for (std::size_t level = 0; level < spec.scores.size(); ++level)
    if (std::ranges::find(spec.scores[level], "StayInPlace", &PluginSpec::name) != spec.scores[level].end())
      profile.stay_level = level;
  profile.scores = std::move(*scores);
  profile.removals = std::move(*removals);
  return profile;
}

std::vector<std::string> built_in_profiles() {
  return {"default", "compact", "knative-1.9", "knative-1.17"};
}

std::optional<ProfileSpec> built_in_profile(std::string_view name) {
  if (name == "default") return default_spec();
  if (name == "compact") return compact_spec();
  if (name == "knative-1.9") return knative_1_9_spec();
  if (name == "knative-1.17") return knative_1_17_spec();
  return std::nullopt;
}

Profile default_profile() {
  return make_profile(default_spec()).value();
}

}  // namespace weir::placement
