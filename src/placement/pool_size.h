#pragma once

#include <cstdint>
#include <map>
#include <span>

#include "placement/types.h"

namespace weir::placement {

// Virtual replicas by the cost of each.
using CountByCost = std::map<Count, std::int64_t>;

// A pod that does not offer its whole capacity: cordoned, stuck without a node, on a node that is not ready.
struct WeakPod {
  Ordinal pod = 0;
  std::int64_t capacity = 0;  // what of it can be counted on
};

// The least number of pods on which `demand` could have room, pods that do not exist yet counting in full, kept between
// `min_pods` and `max_pods`. What costs more than `capacity` fits on none and does not count. Whether so many do
// suffice is another matter where costs differ: it depends on how they are placed. `weak` is ascending.
Count pods_needed(const CountByCost& demand, Count capacity, std::span<const WeakPod> weak, Count min_pods,
                  Count max_pods);

}  // namespace weir::placement
