#pragma once

#include <string>

#include "base/error.h"
#include "cli/plan_problem.h"

namespace weir::cli {

// Which pool of which cluster.
struct LivePool {
  std::string kubeconfig;  // empty: as kubectl finds it, or else that of the pod
  std::string ns;          // empty: that of the kubeconfig
  std::string name;        // of the StatefulSet; empty: the only one of the namespace that is a pool
};

// Reads a pool, its pods and nodes and the groups that are to be placed there. Profile and patience are those of
// `scheduling`. kInvalidArgument for a wrong kubeconfig, name or annotation.
base::Result<PlanProblem> read_live_plan(const LivePool& pool, PlanProblem scheduling);

}  // namespace weir::cli
