#include "scaling/partition_cap.h"

#include <algorithm>
#include <limits>

#include "base/divide_up.h"

namespace weir::scaling {

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::int64_t saturating_multiply(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}

std::optional<std::int64_t> replica_cap(const ScalingPolicy& policy, std::int64_t partitions,
                                        std::int64_t partitions_with_lag) {
  if (policy.limit_to_partitions_with_lag)
    return base::divide_up<std::int64_t>(partitions_with_lag, policy.consumers_per_replica);
  const bool unlimited = policy.allow_idle_consumers || policy.partition_cap == PartitionCap::kNone;
  if (unlimited && !policy.ensure_even_distribution) return std::nullopt;
  return base::divide_up<std::int64_t>(partitions, policy.consumers_per_replica);
}

std::int64_t cap_metric(const ScalingPolicy& policy, std::int64_t metric, std::int64_t replicas) {
  const std::int64_t most = saturating_multiply(replicas, policy.lag_threshold);
  if (policy.partition_cap == PartitionCap::kKeda) return metric / policy.lag_threshold > replicas ? most : metric;
  return std::min(metric, most);
}

std::int64_t even_replicas(const ScalingPolicy& policy, std::int64_t lag, std::int64_t partitions) {
  for (std::int64_t consumers = 1; consumers < partitions; ++consumers) {
    if (partitions % consumers != 0) continue;
    const std::int64_t replicas = base::divide_up<std::int64_t>(consumers, policy.consumers_per_replica);
    if (saturating_multiply(replicas, policy.lag_threshold) >= lag) return replicas;
  }
  return base::divide_up<std::int64_t>(partitions, policy.consumers_per_replica);
}

}  // namespace weir::scaling
