#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "monitor/monitor.h"

namespace weir::cli {

// Why traffic should go elsewhere: at least half of the subscriptions that ever had a snapshot have none younger than
// `max_stale`. One that never had any says nothing about this replica: its brokers or credentials may be wrong.
std::optional<std::string> stale_reason(const monitor::Monitor::Health& health, std::chrono::milliseconds max_stale);

// Judges readiness once a second on a thread of its own, so that probes answer from memory. Thread-safe.
class Readiness {
 public:
  // `judge` gives the reason for not being ready; `tell` hears each change.
  Readiness(std::function<std::optional<std::string>()> judge, std::function<void(bool ready)> tell);

  // None: ready.
  std::optional<std::string> reason() const;

  // From here on not ready, for good.
  void shut_down();

 private:
  void judge_again();

  const std::function<std::optional<std::string>()> judge_;
  const std::function<void(bool)> tell_;
  mutable std::mutex mutex_;
  std::optional<std::string> reason_ = "starting";
  bool shut_down_ = false;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace weir::cli
