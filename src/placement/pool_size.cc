#include "placement/pool_size.h"

#include <algorithm>

#include "base/divide_up.h"

namespace weir::placement {
namespace {

// Pods for a sum of equal parts, `capacity` of which fit on one. A weak pod counts with `unit` to a part.
std::int64_t pods_for(std::int64_t sum, std::int64_t capacity, std::span<const WeakPod> weak, Count unit) {
  std::int64_t missing = 0;
  std::int64_t pods = base::divide_up(sum, capacity);
  // Each weak pod among the first `pods` leaves something to be made up for behind it.
  for (const WeakPod& pod : weak) {
    if (pod.pod >= pods) break;
    missing += std::max<std::int64_t>(0, capacity - pod.capacity / unit);
    pods = base::divide_up(sum + missing, capacity);
  }
  return pods;
}

}  // namespace

Count pods_needed(const CountByCost& demand, Count capacity, std::span<const WeakPod> weak, Count min_pods,
                  Count max_pods) {
  std::int64_t units = 0, vreplicas = 0, pods = 0;
  for (auto at = demand.rbegin(); at != demand.rend(); ++at) {
    const auto& [cost, count] = *at;
    if (cost > capacity) continue;
    units += cost * count;
    vreplicas += count;
    // Of those that cost so much or more, a pod holds no more than of those that cost just so much.
    pods = std::max(pods, pods_for(vreplicas, capacity / cost, weak, cost));
  }
  if (units > vreplicas) pods = std::max(pods, pods_for(units, capacity, weak, 1));
  return static_cast<Count>(std::clamp<std::int64_t>(pods, min_pods, std::max(min_pods, max_pods)));
}

}  // namespace weir::placement
