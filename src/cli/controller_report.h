#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/pool_view.h"
#include "kube/json.h"

namespace weir::cli {

// What /status of the controller tells, at one moment.
struct ControllerInput {
  std::string version;
  base::SteadyTime started, now;
  std::string identity;  // in the Lease
  bool leader = false;
  std::string unready;                           // why; empty: it is ready
  std::vector<kube::ObjectPtr> groups;           // ConsumerGroups, as the API server has them
  std::vector<controller::PoolView> pools = {};  // of the leader
};

kube::Json controller_report(const ControllerInput& input);

}  // namespace weir::cli
