#pragma once

#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <utility>

#include <grpcpp/support/status.h>

#include "telemetry/metrics.h"

namespace weir::rpc {

enum class Rpc {
  kIsActive,
  kGetMetricSpec,
  kGetMetrics,
  kStreamIsActive,
  kStreamMetricSpec,
  kDescribe,
  kWatch,
  kWatchMany
};
inline constexpr std::size_t kRpcCount = 8;

std::string_view to_string(Rpc rpc);

// The metrics of this module. Thread-safe.
class Instruments {
 public:
  explicit Instruments(telemetry::Registry& registry);

  void unary_done(Rpc rpc, grpc::StatusCode code, std::chrono::nanoseconds duration);
  void stream_opened(Rpc rpc);
  void stream_done(Rpc rpc, grpc::StatusCode code);

 private:
  void count(Rpc rpc, grpc::StatusCode code);

  telemetry::Registry& registry_;
  // Calls that went well are counted without a lock.
  std::array<telemetry::Counter, kRpcCount> ok_;
  std::array<telemetry::Histogram, kRpcCount> durations_;
  std::array<telemetry::Gauge, kRpcCount> streams_;
  std::mutex mutex_;
  std::map<std::pair<Rpc, grpc::StatusCode>, telemetry::Counter> failed_;
};

}  // namespace weir::rpc
