#pragma once

#include <cstdint>
#include <optional>

#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Arithmetic of numbers that are not negative, which stops at the largest.
std::int64_t saturating_add(std::int64_t a, std::int64_t b);
std::int64_t saturating_multiply(std::int64_t a, std::int64_t b);

// Replicas beyond which a consumer would have no partition to read (or none with lag); none: no such limit is wanted.
std::optional<std::int64_t> replica_cap(const ScalingPolicy& policy, std::int64_t partitions,
                                        std::int64_t partitions_with_lag);

// `metric` limited to what `replicas` work off, exactly or with KEDA's integer division.
std::int64_t cap_metric(const ScalingPolicy& policy, std::int64_t metric, std::int64_t replicas);

// The fewest replicas that work off `lag` with equally many partitions a consumer, or those for all partitions.
std::int64_t even_replicas(const ScalingPolicy& policy, std::int64_t lag, std::int64_t partitions);

}  // namespace weir::scaling
