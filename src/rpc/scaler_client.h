#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"

namespace weir::rpc {

// The trigger of a ScaledObject, as KEDA names it in each call.
struct ScaledObjectRef {
  std::string ns, name;
  std::map<std::string, std::string> metadata;
};

struct MetricSpec {
  std::string name;
  double target = 0;
};

// A client of externalscaler.ExternalScaler that asks what KEDA asks, without TLS: for demonstrations. Thread-safe;
// calls block until answered or `timeout` has passed. Errors carry the code and text of the scaler.
class ScalerClient {
 public:
  ScalerClient(const std::string& address, std::chrono::milliseconds timeout);
  ~ScalerClient();

  base::Result<MetricSpec> get_metric_spec(const ScaledObjectRef& object) const;
  base::Result<double> get_metric(const ScaledObjectRef& object, const std::string& metric_name) const;
  base::Result<bool> is_active(const ScaledObjectRef& object) const;

  // Opens StreamIsActive on a thread of its own, and calls `listener` there with each message. Opened again 1 s after
  // it ended. Ends when the guard is destroyed; no call is running or will come after that.
  [[nodiscard]] std::shared_ptr<void> stream_is_active(const ScaledObjectRef& object,
                                                       std::function<void(bool active)> listener) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::rpc
