#include <algorithm>
#include <limits>

#include "placement/plugins/plugins.h"
#include "placement/plugins/spread.h"

namespace weir::placement::plugins {
namespace {

// The least that the group has in a zone with room. There are few zones.
Count least_in_open_zone(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max();
  const auto zones = static_cast<ZoneId>(tally.pool().zones().size());
  for (ZoneId zone = 0; zone < zones; ++zone)
    if (!tally.open().in_zone(zone).empty()) least = std::min(least, tally.in_zone(zone));
  return least;
}

std::string zone_name(const Tally& tally, const Candidate& candidate) {
  const std::string name = candidate.zone == kNoZone ? std::string() : tally.pool().zone(candidate.zone).name;
  return name.empty() ? "without name" : name;
}

constexpr SpreadOver kZones{"ZoneSpread", "zone", "in", &Candidate::in_zone, least_in_open_zone, zone_name};

}  // namespace

FilterPtr zone_spread_filter(const Args& args) {
  return std::make_shared<SpreadFilter>(kZones, args.max_skew.value_or(kDefaultSkew));
}

ScorePtr zone_spread(const Args& args) {
  return std::make_shared<SpreadScore>(kZones, args.max_skew.value_or(kDefaultSkew));
}

}  // namespace weir::placement::plugins
