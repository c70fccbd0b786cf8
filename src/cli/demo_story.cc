#include "cli/demo_story.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::cli {

using std::chrono::milliseconds;

std::string_view to_string(DemoPhase phase) {
  switch (phase) {
    case DemoPhase::kIdle:
      return "idle";
    case DemoPhase::kSurge:
      return "surge";
    case DemoPhase::kDrain:
      return "drain";
  }
  return "";
}

DemoPhase DemoLoad::phase_at(milliseconds elapsed) const {
  const milliseconds in_cycle = elapsed % (idle + surge + drain);
  if (in_cycle < idle) return DemoPhase::kIdle;
  return in_cycle < idle + surge ? DemoPhase::kSurge : DemoPhase::kDrain;
}

std::int64_t DemoLoad::produced_at(milliseconds elapsed) const {
  const milliseconds cycle = idle + surge + drain;
  const milliseconds in_surge = std::clamp(elapsed % cycle - idle, milliseconds(0), surge);
  return ((elapsed / cycle) * surge + in_surge).count() * surge_per_second / 1000;
}

void DemoStages::observe(milliseconds elapsed, int replicas, bool active) {
  most_replicas_ = std::max(most_replicas_, replicas);
  const std::array<bool, 4> reached{replicas == 0 && !active, replicas >= 1 && active, replicas >= 2,
                                    replicas == 0 && !active};
  while (next_ < kNames.size() && reached[next_])
    seen_[next_++] = elapsed;
}

std::vector<std::string> DemoStages::lines() const {
  std::vector<std::string> lines;
  for (std::size_t stage = 0; stage < kNames.size(); ++stage) {
    const std::string most = stage == 2 && next_ > 2 ? fmt::format(" (at most {})", most_replicas_) : "";
    lines.push_back(stage < next_ ? fmt::format("{:>6.1f} s  {}{}", static_cast<double>(seen_[stage].count()) / 1000,
                                                kNames[stage], most)
                                  : fmt::format("not seen  {}", kNames[stage]));
  }
  return lines;
}

}  // namespace weir::cli
