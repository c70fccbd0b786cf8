#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace weir::base {

// Exponential back-off: the n-th failure waits first * 2^(n-1), at most `most`. Not thread-safe.
class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most) : first_(first), most_(most) {}

  // The wait after one more failure. `random` in [0, 1) takes away up to a quarter, so that many do not retry at once.
  std::chrono::milliseconds next(double random) {
    const int doublings = std::min(failures_++, 30);
    // The limit is halved rather than the wait doubled: the product could overflow.
    const bool below = first_.count() <= most_.count() >> doublings;
    const auto full = below ? first_ * (std::int64_t{1} << doublings) : most_;
    return std::chrono::milliseconds(full.count() -
                                     static_cast<std::int64_t>(static_cast<double>(full.count()) * random / 4));
  }
  void reset() { failures_ = 0; }
  int failures() const { return failures_; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds most_;
  int failures_ = 0;
};

}  // namespace weir::base
