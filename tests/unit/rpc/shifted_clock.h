#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.h"

namespace weir::rpc {

// The system's clock, which tests may put forward. A monitor needs time to pass by itself. Thread-safe.
class ShiftedClock final : public base::Clock {
 public:
  base::SteadyTime now() const override { return std::chrono::steady_clock::now() + shift(); }
  base::SystemTime system_now() const override { return std::chrono::system_clock::now() + shift(); }

  void advance(std::chrono::milliseconds by) { shift_ms_ += by.count(); }

 private:
  std::chrono::milliseconds shift() const { return std::chrono::milliseconds(shift_ms_.load()); }

  std::atomic<std::int64_t> shift_ms_{0};
};

}  // namespace weir::rpc
