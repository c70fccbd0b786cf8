#include "scaling/decision.h"

#include <algorithm>
#include <limits>

#include "base/divide_up.h"
#include "scaling/partition_cap.h"
#include "scaling/partition_limitation.h"

namespace weir::scaling {
namespace {

// The metric value on its way through the rules, and the last one that changed it.
struct Metric {
  std::int64_t value = 0;
  DecisionReason reason = DecisionReason::kLag;

  void become(std::int64_t changed, DecisionReason why) {
    if (changed == value) return;
    value = changed;
    reason = why;
  }
};

std::int64_t records_behind_lso(const lag::PartitionOffsets& partition) {
  if (!partition.high_watermark) return 0;
  const lag::Offset read = std::max(*partition.log_end, partition.committed.value_or(0));
  return std::max<std::int64_t>(0, *partition.high_watermark - read);
}

Decision totals(const std::vector<PartitionDecision>& counted) {
  Decision decision;
  for (const PartitionDecision& partition : counted) {
    decision.total_lag = saturating_add(decision.total_lag, partition.lag.lag);
    decision.activity_lag = saturating_add(decision.activity_lag, partition.lag.activity_lag);
    decision.partitions += 1;
    decision.partitions_with_lag += partition.lag.lag > 0 ? 1 : 0;
    decision.records_behind_lso = saturating_add(decision.records_behind_lso, records_behind_lso(*partition.offsets));
  }
  return decision;
}

// KEDA's rules, in KEDA's order.
void apply_partitions(const ScalingPolicy& policy, const Decision& totals, std::optional<std::int64_t> cap,
                      Metric& metric) {
  if (policy.ensure_even_distribution) {
    const auto replicas = even_replicas(policy, metric.value, totals.partitions);
    const auto even = saturating_multiply(replicas, policy.lag_threshold);
    metric.become(even, even > metric.value ? DecisionReason::kEvenDistribution : DecisionReason::kPartitionCap);
  }
  if (!cap) return;
  metric.become(cap_metric(policy, metric.value, *cap), policy.limit_to_partitions_with_lag
                                                            ? DecisionReason::kPartitionsWithLag
                                                            : DecisionReason::kPartitionCap);
}

void apply_scale(const ScalingPolicy& policy, Metric& metric) {
  const auto least = saturating_multiply(policy.min_scale, policy.lag_threshold);
  metric.become(std::max(metric.value, least), DecisionReason::kMinScale);
  if (!policy.max_scale) return;
  const auto most = saturating_multiply(*policy.max_scale, policy.lag_threshold);
  metric.become(std::min(metric.value, most), DecisionReason::kMaxScale);
}

// An HPA leaves replicas alone while metric / (replicas x target) is within 10 % of 1, so a metric of exactly
// hpaMaxReplicas x target cannot lift it over the last replica. Twice as much does, and the HPA stops at its maximum.
void apply_headroom(const ScalingPolicy& policy, std::int64_t total_lag, std::optional<std::int64_t> cap,
                    Metric& metric) {
  constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();
  if (!policy.hpa_max_replicas || policy.partition_cap != PartitionCap::kExact) return;
  const std::int64_t replicas = *policy.hpa_max_replicas;
  if (replicas > policy.max_scale.value_or(kNoLimit) || replicas > cap.value_or(kNoLimit)) return;
  const auto full = saturating_multiply(replicas, policy.lag_threshold);
  if (total_lag >= full) metric.become(saturating_multiply(2, full), DecisionReason::kHeadroom);
}

std::int64_t desired_replicas(const ScalingPolicy& policy, const Decision& decision) {
  if (!decision.active) return 0;
  const auto wanted = std::max<std::int64_t>(1, base::divide_up(decision.metric_value, decision.target));
  return std::min(wanted, policy.hpa_max_replicas.value_or(wanted));
}

}  // namespace

std::string_view to_string(DecisionReason reason) {
  switch (reason) {
    case DecisionReason::kLag:
      return "lag";
    case DecisionReason::kPartitionCap:
      return "partition_cap";
    case DecisionReason::kPartitionsWithLag:
      return "partitions_with_lag";
    case DecisionReason::kEvenDistribution:
      return "even_distribution";
    case DecisionReason::kMinScale:
      return "min_scale";
    case DecisionReason::kMaxScale:
      return "max_scale";
    case DecisionReason::kHeadroom:
      return "headroom";
  }
  return "unknown";
}

base::Result<std::vector<PartitionDecision>> count_partitions(const ScalingPolicy& policy,
                                                              const lag::GroupOffsets& offsets, base::SteadyTime now) {
  std::vector<PartitionDecision> counted;
  for (const lag::TopicOffsets& topic : offsets) {
    const std::size_t before = counted.size();
    for (const lag::PartitionOffsets& partition : topic.partitions) {
      if (policy.partition_limitation && !contains(*policy.partition_limitation, partition.partition)) continue;
      counted.push_back({topic.topic, &partition, lag::partition_lag(partition, policy.lag, now)});
    }
    if (policy.partition_limitation && counted.size() == before) {
      return base::fail(base::ErrorCode::kInvalidArgument,
                        "partitionLimitation leaves out all {} partitions of topic {}; name at least one that it has",
                        topic.partitions.size(), topic.topic);
    }
  }
  return counted;
}

base::Result<Decision> decide(const ScalingPolicy& policy, const lag::GroupOffsets& offsets, base::SteadyTime now) {
  const auto counted = count_partitions(policy, offsets, now);
  if (!counted) return std::unexpected(counted.error());
  Decision decision = totals(*counted);
  const auto cap = replica_cap(policy, decision.partitions, decision.partitions_with_lag);
  Metric metric{decision.total_lag, DecisionReason::kLag};
  apply_partitions(policy, decision, cap, metric);
  apply_scale(policy, metric);
  apply_headroom(policy, decision.total_lag, cap, metric);

  decision.metric_value = metric.value;
  decision.reason = metric.reason;
  decision.target = policy.lag_threshold;
  decision.active = decision.activity_lag > policy.activation_lag_threshold || policy.min_scale > 0;
  decision.desired_replicas = desired_replicas(policy, decision);
  return decision;
}

}  // namespace weir::scaling
