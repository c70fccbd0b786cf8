#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "placement/plugin.h"

namespace weir::placement {

// What a profile says. Plugins of one level are added up by their weights; a level decides only where those before it
// leave pods equal.
struct ProfileSpec {
  std::string name;
  std::vector<PluginSpec> filters;
  std::vector<std::vector<PluginSpec>> scores;
  std::vector<std::vector<PluginSpec>> removals;
};

inline constexpr std::size_t kMaxLevels = 8;

struct WeightedScore {
  std::int64_t weight = 1;
  std::shared_ptr<const Score> score;
};

using Level = std::vector<WeightedScore>;

// What a pod costs, level by level; compared in that order.
using Cost = std::array<std::int64_t, kMaxLevels>;

std::int64_t level_cost(const Level& level, const Tally& tally, const Candidate& candidate);
Cost cost_of(std::span<const Level> levels, const Tally& tally, const Candidate& candidate);

// A profile made ready for use. Copies share its plugins.
struct Profile {
  std::string name;
  std::vector<std::shared_ptr<const Filter>> filters;
  std::vector<Level> scores;
  std::vector<Level> removals;
  // Where StayInPlace stands among the scores; without it nothing moves by choice.
  std::optional<std::size_t> stay_level;
};

// kInvalidArgument for a plugin that there is not, a wrong argument or weight, or more than kMaxLevels levels.
base::Result<Profile> make_profile(const ProfileSpec& spec);

// Profiles that need no file: default, compact, knative-1.9, knative-1.17.
std::vector<std::string> built_in_profiles();
std::optional<ProfileSpec> built_in_profile(std::string_view name);
Profile default_profile();

}  // namespace weir::placement
