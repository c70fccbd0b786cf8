#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/kafka_source_reconciler.h"
#include "controller/pools.h"
#include "kube/client.h"
#include "kube/leader_elector.h"
#include "lag/lag_client.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::controller {

struct ControllerOptions {
  ScaledObjectOptions scaled_objects;  // hpa_tolerance is the API server's to say
  kube::ClientConfig api;
  double qps = 100;
  int burst = 200;
  int workers = 8;
  kube::LeaseOptions lease;
  KafkaSourceOptions kafka_sources = {};
  PoolOptions pools = {};
};

// The controller of one process: watches always, writes only while it leads.
class Controller {
 public:
  Controller(ControllerOptions options, lag::LagNewsClient& lags, const base::Clock& clock,
             const telemetry::Logging& logging, telemetry::Registry& registry);
  ~Controller();

  // Stands for leader, works while it leads, stands again when it no longer does. Until `stop`.
  void run(const std::stop_token& stop);

  // Why it cannot work yet; empty: it can.
  std::string unready() const;
  bool leads() const;
  // Every ConsumerGroup as it was read last, in the order of their names.
  std::vector<kube::ObjectPtr> groups() const;
  // Every pool, by key; none while it does not lead. Thread-safe.
  std::vector<PoolView> placements() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::controller
