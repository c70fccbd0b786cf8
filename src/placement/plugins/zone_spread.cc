#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// The least that the group has in a zone with room. There are few zones.
Count least_in_open_zone(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max();
  const auto zones = tally.pool().zones();
  for (std::size_t id = 0; id < zones.size(); ++id)
    if (!zones[id].open_nodes.empty()) least = std::min(least, tally.in_zone(static_cast<ZoneId>(id)));
  return least;
}

std::string zone_name(const Tally& tally, const Candidate& candidate) {
  const std::string name = candidate.zone == kNoZone ? std::string() : tally.pool().zone(candidate.zone).name;
  return name.empty() ? "without name" : name;
}

class ZoneSpreadFilter final : public Filter {
 public:
  explicit ZoneSpreadFilter(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "ZoneSpread"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    return candidate.in_zone + 1 - least_in_open_zone(tally) <= max_skew_;
  }
  std::string reason(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("is in zone {}, which has {}, and a zone with room has {}: more than MaxSkew {}",
                       zone_name(tally, candidate), candidate.in_zone, least_in_open_zone(tally), max_skew_);
  }

 private:
  Count max_skew_;
};

class ZoneSpread final : public Score {
 public:
  explicit ZoneSpread(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "ZoneSpread"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.in_zone; }
  std::int64_t worth() const override { return max_skew_; }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("zone {} has {}", zone_name(tally, candidate), candidate.in_zone);
  }

 private:
  Count max_skew_;
};

}  // namespace

FilterPtr zone_spread_filter(const Args& args) {
  return std::make_shared<ZoneSpreadFilter>(args.max_skew.value_or(kDefaultSkew));
}

ScorePtr zone_spread(const Args& args) {
  return std::make_shared<ZoneSpread>(args.max_skew.value_or(kDefaultSkew));
}

}  // namespace weir::placement::plugins
