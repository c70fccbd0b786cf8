#include "cli/readiness.h"

#include <chrono>
#include <condition_variable>

#include <fmt/format.h>

#include "base/parse.h"

namespace weir::cli {
namespace {

constexpr std::chrono::seconds kInterval{1};

}  // namespace

std::optional<std::string> stale_reason(const monitor::Monitor::Health& health, std::chrono::milliseconds max_stale) {
  if (health.stale == 0 || health.stale * 2 < health.subscriptions) return std::nullopt;
  return fmt::format("stale: {} of {} groups have no offsets younger than {}; see /status for the errors", health.stale,
                     health.subscriptions, base::format_duration(max_stale));
}

Readiness::Readiness(std::function<std::optional<std::string>()> judge, std::function<void(bool)> tell)
    : judge_(std::move(judge)), tell_(std::move(tell)) {
  judge_again();
  thread_ = std::jthread([this](std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
      judge_again();
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, stop, kInterval, [] { return false; });
    }
  });
}

std::optional<std::string> Readiness::reason() const {
  const std::scoped_lock lock(mutex_);
  return reason_;
}

void Readiness::judge_again() {
  auto reason = judge_();
  const std::scoped_lock lock(mutex_);
  if (shut_down_) return;
  const bool changed = reason.has_value() != reason_.has_value();
  reason_ = std::move(reason);
  if (changed) tell_(!reason_);
}

void Readiness::shut_down() {
  const std::scoped_lock lock(mutex_);
  shut_down_ = true;
  if (!reason_) tell_(false);
  reason_ = "shutting down";
}

}  // namespace weir::cli
