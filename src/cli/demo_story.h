#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

enum class DemoPhase { kIdle, kSurge, kDrain };
std::string_view to_string(DemoPhase phase);

// The load of the demonstration: idle, then a surge of records, then time to drain; over and over.
struct DemoLoad {
  std::chrono::milliseconds idle{4000}, surge{7000}, drain{24'000};
  int surge_per_second = 300;

  DemoPhase phase_at(std::chrono::milliseconds elapsed) const;
  // Records written from the start until then.
  std::int64_t produced_at(std::chrono::milliseconds elapsed) const;
};

// What the demonstration wants to have shown, in this order.
class DemoStages {
 public:
  // One look: replicas and activity at this time.
  void observe(std::chrono::milliseconds elapsed, int replicas, bool active);

  bool complete() const { return next_ == kNames.size(); }
  // One line a stage: when it was seen, or that it was not.
  std::vector<std::string> lines() const;

 private:
  static constexpr std::array<std::string_view, 4> kNames{"idle: inactive, 0 replicas", "active: 0 -> 1 replica",
                                                          "several replicas", "drained: back to 0 replicas"};
  std::size_t next_ = 0;
  int most_replicas_ = 0;
  std::array<std::chrono::milliseconds, 4> seen_{};
};

}  // namespace weir::cli
