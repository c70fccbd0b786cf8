#include <cstdlib>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// Sum of |count - x| over the other zones with a node that is available.
std::int64_t differences(const Tally& tally, ZoneId here, std::int64_t count) {
  std::int64_t sum = 0;
  const auto zones = tally.pool().zones();
  for (std::size_t id = 0; id < zones.size(); ++id) {
    if (static_cast<ZoneId>(id) == here || zones[id].available_nodes == 0) continue;
    sum += std::abs(count - tally.in_zone(static_cast<ZoneId>(id)));
  }
  return sum;
}

class AvailabilityZone final : public Score {
 public:
  std::string_view name() const override { return "AvailabilityZonePriority"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    return differences(tally, candidate.zone, std::int64_t{candidate.in_zone} + 1);
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of zones add up to {}", cost(tally, candidate));
  }
};

// Over the zones that have some of the group.
class RemoveWithAvailabilityZone final : public Score {
 public:
  std::string_view name() const override { return "RemoveWithAvailabilityZonePriority"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    std::int64_t sum = 0;
    for (const ZoneId zone : tally.zones())
      if (zone != candidate.zone && tally.in_zone(zone) > 0)
        sum += std::abs(std::int64_t{candidate.in_zone} - 1 - tally.in_zone(zone));
    return sum;
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of zones would add up to {}", cost(tally, candidate));
  }
};

}  // namespace

ScorePtr availability_zone(const Args&) {
  return std::make_shared<AvailabilityZone>();
}

ScorePtr remove_with_availability_zone(const Args&) {
  return std::make_shared<RemoveWithAvailabilityZone>();
}

}  // namespace weir::placement::plugins
