#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"

namespace weir::cli {

struct KedaOptions {
  int min_replicas = 0;
  int max_replicas = 12;
  std::chrono::milliseconds cooldown{5000};
  double tolerance = 0.1;  // of the HPA: a ratio so close to 1 changes nothing
};

// What one poll of a scaler brought.
struct Poll {
  double metric = 0;
  double target = 1;
  bool active = false;
};

// A change of replicas and what made it.
struct ScaleEvent {
  int from = 0, to = 0;
  std::string reason;
};

// The arithmetic of KEDA and the HPA for one ScaledObject: 0 to 1 on activity, 1 to max by metric / target without a
// stabilization window, to min after the cooldown. Pure: the time comes with each call. Not thread-safe.
class KedaModel {
 public:
  explicit KedaModel(KedaOptions options) : options_(options), replicas_(options.min_replicas) {}

  // A message of StreamIsActive.
  std::optional<ScaleEvent> pushed(bool active, base::SteadyTime now);
  // A poll: GetMetricSpec, GetMetrics, IsActive.
  std::optional<ScaleEvent> polled(const Poll& poll, base::SteadyTime now);

  int replicas() const { return replicas_; }

 private:
  std::optional<ScaleEvent> scale(int to, std::string reason);
  std::optional<ScaleEvent> scale_by_hpa(const Poll& poll);

  const KedaOptions options_;
  int replicas_;
  base::SteadyTime last_active_{};
};

}  // namespace weir::cli
