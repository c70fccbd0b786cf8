#pragma once

#include <chrono>
#include <optional>

#include "placement/types.h"

namespace weir::placement {

// What the annotations of a pool's StatefulSet say.
struct PoolSettings {
  Count capacity = 20;      // of a pod, for virtual replicas by their cost; at least 1
  Count min_replicas = 0;   // pods
  Count max_replicas = 50;  // pods
  std::optional<Count> max_vreplicas_per_namespace = std::nullopt;

  bool operator==(const PoolSettings&) const = default;
};

// The StatefulSet as the API server has it.
struct StatefulSet {
  Count replicas = 0;     // spec.replicas
  bool updating = false;  // its pods are being replaced by those of another revision

  bool operator==(const StatefulSet&) const = default;
};

// How patient the scheduler is, and how much it moves without being forced to.
struct Patience {
  std::chrono::milliseconds node_grace = std::chrono::seconds(40);  // a node may be not ready for so long
  std::chrono::milliseconds restart_grace =
      std::chrono::seconds(60);                                     // a pod that a rolling update replaces is awaited
  std::chrono::milliseconds start_grace = std::chrono::minutes(2);  // a pod that has no node after it is made up for
  std::chrono::milliseconds shrink_cooldown = std::chrono::seconds(60);
  std::chrono::milliseconds cycle = std::chrono::seconds(30);  // of voluntary moves
  Count max_moves_per_cycle = 10;
  Count most_unready_percent = 55;  // of the pool's nodes; beyond it the fault is likely not theirs
  bool leave_cordoned_nodes = false;
};

}  // namespace weir::placement
