#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "controller/group_plan.h"
#include "controller/keda_watch.h"
#include "controller/lag_book.h"
#include "controller/status_gate.h"
#include "kube/client.h"
#include "kube/event_recorder.h"
#include "kube/informer.h"
#include "telemetry/logging.h"

namespace weir::controller {

// How a pass over one group ended.
struct Outcome {
  bool failed = false;  // try again, with back-off
  std::optional<std::chrono::milliseconds> again;
};

// Brings one ConsumerGroup's status and ScaledObject to what they should be. Reads from memory, writes only what
// differs, and each write names what it was decided from. Thread-safe for different groups.
class GroupReconciler {
 public:
  struct Parts {
    kube::Client& client;
    const kube::Informer& groups;
    const KedaWatch& keda;
    LagBook& lags;
    StatusGate& gate;
    kube::EventRecorder& events;
    const base::Clock& clock;
    // What a group's pool says of it; none: it has no pool.
    std::function<std::optional<PlacementReport>(const kube::Json& group)> placement;
  };
  GroupReconciler(Parts parts, ScaledObjectOptions options, telemetry::Logger logger)
      : parts_(std::move(parts)), options_(std::move(options)), logger_(std::move(logger)) {}

  Outcome reconcile(const kube::ObjectKey& key);

 private:
  Observed observe(const kube::Json& object) const;
  void want_lag(const kube::Json& object) const;
  std::optional<std::int64_t> lag_to_tell(const kube::Json& object, const Observed& observed, Outcome& outcome) const;
  // The object as it is after the write; none: it failed, as `outcome` tells.
  std::optional<kube::Json> write_status(const kube::Json& object, const GroupPlan& plan,
                                         std::optional<std::int64_t> lag, Outcome& outcome) const;
  bool act(const kube::Json& object, GroupPlan& plan) const;
  bool apply(const kube::Json& scaled_object, GroupPlan& plan) const;
  bool remove(const kube::Json& object) const;
  void tell(const kube::Json& object, const GroupPlan& plan) const;

  const Parts parts_;
  const ScaledObjectOptions options_;
  const telemetry::Logger logger_;
};

}  // namespace weir::controller
