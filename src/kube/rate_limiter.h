#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace weir::kube {

// Lets `qps` calls a second pass, and `burst` of them at once after a pause. Thread-safe.
class RateLimiter {
 public:
  RateLimiter(double qps, int burst);

  // Takes the next free place; how long after `now` it is. 0: at once.
  std::chrono::nanoseconds reserve(base::SteadyTime now);

  // Lets nobody pass before `until`, as the API server asked.
  void pause_until(base::SteadyTime until);

  // Blocks until the next free place. False when stopped before.
  bool wait(const std::stop_token& stop);

 private:
  const std::chrono::nanoseconds interval_;
  const std::chrono::nanoseconds burst_;
  std::mutex mutex_;
  std::condition_variable_any stopped_;
  base::SteadyTime next_{};  // when the next call would pass if none had been saved up
};

}  // namespace weir::kube
