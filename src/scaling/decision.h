#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/offsets.h"
#include "lag/partition_lag.h"
#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Why the metric is not simply the lag, in the order in which the rules were applied.
enum class DecisionReason {
  kLag,                // the metric is the lag
  kPartitionCap,       // cut to the partitions (or replicas that serve them)
  kPartitionsWithLag,  // cut to the partitions that have lag
  kEvenDistribution,   // raised to a replica count that divides the partitions
  kMinScale,
  kMaxScale,
  kHeadroom,  // doubled, so that the HPA's tolerance cannot hold it below hpaMaxReplicas
};
std::string_view to_string(DecisionReason reason);

// One partition that counts, with its lag and why.
struct PartitionDecision {
  std::string_view topic;  // points into the offsets given to decide()
  const lag::PartitionOffsets* offsets = nullptr;
  lag::PartitionLag lag;
};

// What KEDA is told, and the figures behind it.
struct Decision {
  std::int64_t metric_value = 0;  // records; never negative
  std::int64_t target = 0;        // lagThreshold, AverageValue
  bool active = false;
  std::int64_t desired_replicas =
      0;  // what the HPA makes of it: ceil(metric / target), at most hpaMaxReplicas; 0 if not active
  std::int64_t total_lag = 0;  // before any cap
  std::int64_t activity_lag = 0;
  std::int64_t partitions = 0;
  std::int64_t partitions_with_lag = 0;
  std::int64_t records_behind_lso = 0;           // only with read_committed
  DecisionReason reason = DecisionReason::kLag;  // the last rule that changed the metric
};

// Lag of every counted partition. kInvalidArgument when partitionLimitation leaves a topic without one (KEDA's rule).
base::Result<std::vector<PartitionDecision>> count_partitions(const ScalingPolicy& policy,
                                                              const lag::GroupOffsets& offsets, base::SteadyTime now);

// The metric and activity of a group. Errors as count_partitions. Pure; every log_end in `offsets` is known.
base::Result<Decision> decide(const ScalingPolicy& policy, const lag::GroupOffsets& offsets, base::SteadyTime now);

}  // namespace weir::scaling
