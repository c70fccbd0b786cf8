#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace weir::testing {

// A clock that stands still until it is told to go on. Thread-safe.
class FakeClock final : public base::Clock {
 public:
  base::SteadyTime now() const override { return base::SteadyTime(std::chrono::hours(1000)) + passed(); }
  base::SystemTime system_now() const override { return base::SystemTime(std::chrono::hours(500'000)) + passed(); }

  void advance(std::chrono::milliseconds by) { passed_ms_ += by.count(); }

 private:
  std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_ms_.load()); }

  std::atomic<std::int64_t> passed_ms_{0};
};

}  // namespace weir::testing
