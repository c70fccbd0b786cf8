#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/statistics.h"
#include "telemetry/metrics.h"

namespace weir::kafka {

// The metrics of all sessions together. Thread-safe.
class Instruments {
 public:
  explicit Instruments(telemetry::Registry& registry);

  // A client's statistics grew from `before` to `now`.
  void count(const Statistics& before, const Statistics& now) const;
  // One call of an OffsetSource (`committed`) took so long.
  void observe_call(std::string_view call, base::SteadyTime started) const;
  // One entry of a call failed.
  void count_error(base::ErrorCode code) const;
  void set_sessions(std::size_t sessions) const;

 private:
  telemetry::Counter errors(base::ErrorCode code) const;

  telemetry::Registry& registry_;
  telemetry::Counter sent_, received_, connects_, disconnects_;
  // By the names of OffsetSource.
  const std::map<std::string, telemetry::Histogram, std::less<>> calls_;
  telemetry::Gauge sessions_;
};

// What one session could not read, by the code of the error, beside the count of all sessions. Thread-safe.
class ErrorCounts {
 public:
  explicit ErrorCounts(std::shared_ptr<const Instruments> instruments) : instruments_(std::move(instruments)) {}

  void add(base::ErrorCode code);
  std::map<std::string, std::uint64_t> by_code() const;

 private:
  const std::shared_ptr<const Instruments> instruments_;
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

}  // namespace weir::kafka
