#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kube/json.h"
#include "placement/types.h"

namespace weir::controller {

// Pools as people see them: copies, made when asked for.

struct PoolPodView {
  std::string name;
  placement::Ordinal ordinal = 0;
  std::string node;   // empty: it has none
  std::string zone;   // of the node; empty: unknown
  std::string state;  // Ready, NotReady, Pending, Terminating, Failed, Gone
  bool unschedulable = false;
  bool full = false;      // of its assignment
  std::int64_t used = 0;  // of its capacity
  placement::Count vreplicas = 0;
  std::int64_t generation = 0;  // of its assignment; 0: there is none
  std::int64_t applied = 0;     // that its data plane acknowledged; 0: none
};

struct PoolGroupView {
  kube::ObjectKey key;
  placement::Count wanted = 0;
  placement::Count cost = 1;  // of a pod's capacity that each takes
  placement::Placements placements;
  placement::Count pending = 0;
  std::string reason;   // why, as the condition Scheduled has it; empty where nothing is pending
  std::string message;  // the same in words
};

struct PoolView {
  kube::ObjectKey key;  // of the StatefulSet
  std::string problem;  // what is wrong with its annotations; empty: nothing
  placement::Count capacity = 0;
  placement::Count replicas = 0;  // spec.replicas
  placement::Count wanted = 0;    // what that ought to be
  placement::Count min_replicas = 0, max_replicas = 0;
  bool held = false;                  // nothing moves because of nodes, or by choice
  std::vector<PoolPodView> pods;      // by ordinal
  std::vector<PoolGroupView> groups;  // by key
};

}  // namespace weir::controller
