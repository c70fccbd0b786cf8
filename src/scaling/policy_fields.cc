#include "scaling/policy_fields.h"

#include <array>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "scaling/partition_limitation.h"

namespace weir::scaling {
namespace {

constexpr std::int64_t kMostReplicas = std::numeric_limits<std::int32_t>::max();
// Longer than any consumer's pause; far below where clock arithmetic overflows.
constexpr std::int64_t kYearSeconds = 31'536'000;
constexpr std::int64_t kPersistentLagSeconds = 60;

constexpr std::array<std::string_view, 2> kOffsetResets{"latest", "earliest"};
constexpr std::array<std::string_view, 3> kPartitionCaps{"exact", "keda", "none"};

void parse_lag_rules(TriggerFields& fields, ScalingPolicy& policy) {
  policy.lag_threshold = fields.integer("lagThreshold", {.least = 1}).value_or(policy.lag_threshold);
  policy.activation_lag_threshold = fields.integer("activationLagThreshold", {.least = 0}).value_or(0);
  const bool earliest = fields.choice("offsetResetPolicy", kOffsetResets) == "earliest";
  policy.lag.offset_reset = earliest ? lag::OffsetResetPolicy::kEarliest : lag::OffsetResetPolicy::kLatest;
  policy.lag.scale_to_zero_on_invalid_offset = fields.flag("scaleToZeroOnInvalidOffset", false);
  const auto seconds = fields.integer("persistentLagSeconds", {1, kYearSeconds}).value_or(kPersistentLagSeconds);
  if (fields.flag("excludePersistentLag", false)) policy.lag.persistent_after = std::chrono::seconds(seconds);
}

void parse_partition_rules(TriggerFields& fields, bool has_topics, ScalingPolicy& policy) {
  policy.allow_idle_consumers = fields.flag("allowIdleConsumers", false);
  policy.limit_to_partitions_with_lag = fields.flag("limitToPartitionsWithLag", false);
  policy.ensure_even_distribution = fields.flag("ensureEvenDistributionOfPartitions", false);
  policy.consumers_per_replica = fields.integer("consumersPerReplica", {1, kMostReplicas}).value_or(1);
  const std::string cap = fields.choice("partitionCap", kPartitionCaps);
  if (cap == "keda") policy.partition_cap = PartitionCap::kKeda;
  if (cap == "none") policy.partition_cap = PartitionCap::kNone;
  if (!fields.has("partitionLimitation")) return;
  auto ranges = parse_partition_limitation(fields.text("partitionLimitation"));
  if (!ranges) fields.add_error("partitionLimitation", ranges.error());
  // Without a topic KEDA checks it but does not use it.
  if (ranges && has_topics) policy.partition_limitation = *std::move(ranges);
}

void parse_scale(TriggerFields& fields, ScalingPolicy& policy) {
  policy.min_scale = fields.integer("minScale", {0, kMostReplicas}).value_or(0);
  policy.max_scale = fields.integer("maxScale", {1, kMostReplicas});
  policy.hpa_max_replicas = fields.integer("hpaMaxReplicas", {1, kMostReplicas});
  if (policy.max_scale && policy.min_scale > *policy.max_scale) {
    fields.add_error("minScale", fmt::format("must be at most maxScale, which is {}", *policy.max_scale));
  }
}

void refuse_conflicts(TriggerFields& fields, bool has_topics, const ScalingPolicy& policy) {
  const auto refuse = [&fields](bool wrong, std::string_view key, std::string_view remedy) {
    if (wrong) fields.add_error(key, remedy);
  };
  const bool limit = policy.limit_to_partitions_with_lag;
  const bool even = policy.ensure_even_distribution;
  refuse(limit && policy.allow_idle_consumers, "limitToPartitionsWithLag",
         "cannot be set together with allowIdleConsumers; keep one of them");
  refuse(limit && policy.partition_cap == PartitionCap::kNone, "limitToPartitionsWithLag",
         "cannot be set together with partitionCap none; keep one of them");
  refuse(limit && even, "limitToPartitionsWithLag",
         "cannot be set together with ensureEvenDistributionOfPartitions; keep one of them");
  refuse(limit && !has_topics, "limitToPartitionsWithLag", "needs a topic; name it in topic");
  refuse(even && !has_topics, "ensureEvenDistributionOfPartitions", "needs a topic; name it in topic");
  // Weir reads no more metadata than it needs either way; what KEDA refuses stays refused.
  refuse(!fields.flag("fullMetadata", true) && !has_topics, "fullMetadata",
         "may be false only where topic is set; name the topic or leave fullMetadata out");
}

}  // namespace

ScalingPolicy parse_policy(TriggerFields& fields, bool has_topics) {
  ScalingPolicy policy;
  parse_lag_rules(fields, policy);
  parse_partition_rules(fields, has_topics, policy);
  parse_scale(fields, policy);
  refuse_conflicts(fields, has_topics, policy);
  return policy;
}

}  // namespace weir::scaling
