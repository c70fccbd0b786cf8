#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace weir::monitor {

// When the subscriptions of one session are refreshed: each once an interval, in one of ten slots chosen by the hash of
// its group, so that work spreads evenly and those of a slot share their requests. The interval grows while refreshing
// takes more than half of it. Not thread-safe.
class Schedule {
 public:
  static constexpr int kSlots = 10;

  explicit Schedule(std::chrono::milliseconds interval) : base_(interval), interval_(interval) {}

  // The first time after `now` at which a group is due.
  base::SteadyTime next(std::string_view group, base::SteadyTime now) const;

  // A refresh of `refreshed` subscriptions out of `total` took `busy`.
  void record(std::chrono::nanoseconds busy, std::size_t refreshed, std::size_t total);

  std::chrono::milliseconds interval() const { return interval_; }

 private:
  std::chrono::milliseconds base_;
  std::chrono::milliseconds interval_;
  // What refreshing every subscription once takes, as a moving average over slots.
  std::chrono::nanoseconds full_refresh_{0};
};

}  // namespace weir::monitor
