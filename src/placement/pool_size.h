#pragma once

#include <cstdint>
#include <span>

#include "placement/types.h"

namespace weir::placement {

// A pod that does not offer its whole capacity: cordoned, stuck without a node, on a node that is not ready.
struct WeakPod {
  Ordinal pod = 0;
  Count capacity = 0;  // what of it can be counted on
};

// The pods that the pool needs for `demand` virtual replicas: the least number of which the capacity suffices, pods
// that do not exist yet counting in full, kept between `min_pods` and `max_pods`. `weak` is ascending.
Count pods_needed(std::int64_t demand, Count capacity, std::span<const WeakPod> weak, Count min_pods, Count max_pods);

}  // namespace weir::placement
