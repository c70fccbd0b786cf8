#include "kube/rate_limiter.h"

#include <algorithm>

namespace weir::kube {

using std::chrono::nanoseconds;

RateLimiter::RateLimiter(double qps, int burst)
    : interval_(static_cast<std::int64_t>(1e9 / qps)), burst_(interval_ * std::max(0, burst - 1)) {}

nanoseconds RateLimiter::reserve(base::SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  next_ = std::max(next_, now - burst_);
  const auto wait = std::max(nanoseconds(0), nanoseconds(next_ - now));
  next_ += interval_;
  return wait;
}

void RateLimiter::pause_until(base::SteadyTime until) {
  const std::scoped_lock lock(mutex_);
  next_ = std::max(next_, until);
}

bool RateLimiter::wait(const std::stop_token& stop) {
  const auto now = std::chrono::steady_clock::now();
  const auto passes_at = now + reserve(now);
  if (passes_at <= now) return !stop.stop_requested();
  std::unique_lock lock(mutex_);
  stopped_.wait_until(lock, stop, passes_at, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace weir::kube
