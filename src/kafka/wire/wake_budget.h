#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace weir::kafka::wire {

// How often a session may be woken by first records: kMost at once, then kMost a second, so that many topics that come
// to life together cost no more than asking for their ends would. Pure; not thread-safe.
class WakeBudget {
 public:
  static constexpr int kMost = 10;

  // When the next wake may happen: not after `now` where there is one to spend.
  base::SteadyTime next(base::SteadyTime now) const { return empty_since_ + kEach > now ? empty_since_ + kEach : now; }

  void spend(base::SteadyTime now) {
    // A budget that is full was last empty so long ago.
    empty_since_ = std::max(empty_since_, now - kMost * kEach) + kEach;
  }

 private:
  static constexpr std::chrono::milliseconds kEach = std::chrono::milliseconds(1000) / kMost;

  base::SteadyTime empty_since_;  // when the budget would have been empty, were nothing spent since
};

}  // namespace weir::kafka::wire
