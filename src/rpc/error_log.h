#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

#include "base/clock.h"
#include "base/error.h"
#include "scaling/trigger_spec.h"
#include "telemetry/logging.h"

namespace weir::rpc {

// Logs what went wrong with a trigger when the message changes and every `repeat` while it stays, and once when all is
// well again: KEDA asks several times a minute for each. Thread-safe.
class ErrorLog {
 public:
  ErrorLog(const base::Clock& clock, telemetry::Logger logger,
           std::chrono::milliseconds repeat = std::chrono::minutes(5));

  // True if it was logged. The metadata tells the triggers of one ScaledObject apart.
  bool failed(const std::string& ns, const std::string& name, const scaling::TriggerMetadata& metadata,
              std::string_view rpc, const base::Error& error);
  // Only for calls that need a snapshot: GetMetricSpec succeeds while Kafka is away.
  bool succeeded(const std::string& ns, const std::string& name, const scaling::TriggerMetadata& metadata);

 private:
  struct Entry {
    std::string message;
    base::SteadyTime logged;
    std::int64_t suppressed = 0;
  };
  using Key = std::tuple<std::string, std::string, std::size_t>;

  const base::Clock& clock_;
  const telemetry::Logger logger_;
  const std::chrono::milliseconds repeat_;
  std::mutex mutex_;
  std::map<Key, Entry> failing_;
  // Lets a call that went well pass without the lock while nothing fails.
  std::atomic<std::size_t> size_ = 0;
};

}  // namespace weir::rpc
