#include "placement/pool_size.h"

#include <algorithm>

namespace weir::placement {

Count pods_needed(std::int64_t demand, Count capacity, std::span<const WeakPod> weak, Count min_pods, Count max_pods) {
  const auto pods_for = [&](std::int64_t vreplicas) { return (vreplicas + capacity - 1) / capacity; };
  std::int64_t pods = pods_for(demand);
  std::int64_t missing = 0;
  // Each weak pod among the first `pods` leaves something to be made up for behind it.
  for (const WeakPod& pod : weak) {
    if (pod.pod >= pods) break;
    missing += std::max<std::int64_t>(0, std::int64_t{capacity} - pod.capacity);
    pods = pods_for(demand + missing);
  }
  return static_cast<Count>(std::clamp<std::int64_t>(pods, min_pods, std::max(min_pods, max_pods)));
}

}  // namespace weir::placement
