#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "placement/plugins/plugins.h"

namespace weir::placement {
namespace {

using namespace plugins;

enum TakenArgs { kNone, kMaxSkew, kNumPartitions };

template <class Ptr>
struct Entry {
  std::string_view name;
  Ptr (*make)(const Args&);
  TakenArgs takes;
};

constexpr std::array kFilters{
    Entry<FilterPtr>{"EvenPodSpread", even_pod_spread_filter, kMaxSkew},
    Entry<FilterPtr>{"NoMaxResourceCount", no_max_resource_count, kNumPartitions},
    Entry<FilterPtr>{"NodeSpread", node_spread_filter, kMaxSkew},
    Entry<FilterPtr>{"PodFitsResources", pod_fits_resources, kNone},
    Entry<FilterPtr>{"PodSpread", pod_spread_filter, kMaxSkew},
    Entry<FilterPtr>{"ZoneSpread", zone_spread_filter, kMaxSkew},
};

constexpr std::array kScores{
    Entry<ScorePtr>{"AvailabilityNodePriority", availability_node, kMaxSkew},
    Entry<ScorePtr>{"AvailabilityZonePriority", availability_zone, kMaxSkew},
    Entry<ScorePtr>{"EvenPodSpread", even_pod_spread, kMaxSkew},
    Entry<ScorePtr>{"LowestOrdinalPriority", lowest_ordinal, kNone},
    Entry<ScorePtr>{"NodeSpread", node_spread, kMaxSkew},
    Entry<ScorePtr>{"PodSpread", pod_spread, kMaxSkew},
    Entry<ScorePtr>{"StayInPlace", stay_in_place, kNone},
    Entry<ScorePtr>{"ZoneSpread", zone_spread, kMaxSkew},
};

constexpr std::array kRemovals{
    Entry<ScorePtr>{"RemoveWithAvailabilityNodePriority", remove_with_availability_node, kMaxSkew},
    Entry<ScorePtr>{"RemoveWithAvailabilityZonePriority", remove_with_availability_zone, kMaxSkew},
    Entry<ScorePtr>{"RemoveWithEvenPodSpreadPriority", remove_with_even_pod_spread, kMaxSkew},
    Entry<ScorePtr>{"RemoveWithHighestOrdinalPriority", remove_with_highest_ordinal, kNone},
    Entry<ScorePtr>{"RemoveWithNodeSpread", remove_with_node_spread, kNone},
    Entry<ScorePtr>{"RemoveWithPodSpread", remove_with_pod_spread, kNone},
    Entry<ScorePtr>{"RemoveWithZoneSpread", remove_with_zone_spread, kNone},
};

constexpr std::int64_t kMostOfAnArg = 1'000'000;
constexpr std::int64_t kMostWeight = 1'000'000;

std::string_view name_of(TakenArgs takes) {
  switch (takes) {
    case kMaxSkew:
      return "MaxSkew";
    case kNumPartitions:
      return "NumPartitions";
    case kNone:
      break;
  }
  return "";
}

template <class Ptr>
std::vector<std::string> names(std::span<const Entry<Ptr>> entries) {
  std::vector<std::string> all;
  for (const auto& entry : entries)
    all.emplace_back(entry.name);
  return all;
}

base::Result<Args> args_of(const PluginSpec& spec, TakenArgs takes) {
  Args args;
  for (const auto& [name, value] : spec.args) {
    if (takes == kNone || name != name_of(takes)) {
      return base::fail(base::ErrorCode::kInvalidArgument, "{} takes no argument {}{}{}", spec.name, name,
                        takes == kNone ? "" : ", only ", name_of(takes));
    }
    if (value < 1 || value > kMostOfAnArg)
      return base::fail(base::ErrorCode::kInvalidArgument, "{} {} of {}: must be 1 to {}", name, value, spec.name,
                        kMostOfAnArg);
    (takes == kMaxSkew ? args.max_skew : args.num_partitions) = static_cast<Count>(value);
  }
  return args;
}

template <class Ptr>
base::Result<Ptr> make(std::span<const Entry<Ptr>> entries, const PluginSpec& spec, std::string_view kind) {
  const auto entry = std::ranges::find(entries, spec.name, &Entry<Ptr>::name);
  if (entry == entries.end()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "there is no {} plugin \"{}\"; write one of {}", kind,
                      spec.name, fmt::join(names(entries), ", "));
  }
  if (spec.weight < 0 || spec.weight > kMostWeight)
    return base::fail(base::ErrorCode::kInvalidArgument, "weight {} of {}: must be 0 to {}", spec.weight, spec.name,
                      kMostWeight);
  const auto args = args_of(spec, entry->takes);
  if (!args) return std::unexpected(args.error());
  return entry->make(*args);
}

}  // namespace

std::vector<std::string> plugin_names(PluginKind kind) {
  switch (kind) {
    case PluginKind::kFilter:
      return names(std::span<const Entry<FilterPtr>>(kFilters));
    case PluginKind::kScore:
      return names(std::span<const Entry<ScorePtr>>(kScores));
    case PluginKind::kRemoval:
      return names(std::span<const Entry<ScorePtr>>(kRemovals));
  }
  return {};
}

base::Result<std::shared_ptr<const Filter>> make_filter(const PluginSpec& spec) {
  return make(std::span<const Entry<FilterPtr>>(kFilters), spec, "filter");
}

base::Result<std::shared_ptr<const Score>> make_score(const PluginSpec& spec) {
  return make(std::span<const Entry<ScorePtr>>(kScores), spec, "score");
}

base::Result<std::shared_ptr<const Score>> make_removal(const PluginSpec& spec) {
  return make(std::span<const Entry<ScorePtr>>(kRemovals), spec, "removal");
}

}  // namespace weir::placement
