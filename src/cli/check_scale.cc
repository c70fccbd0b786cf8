#include "cli/check_scale.h"

#include <algorithm>

#include <fmt/format.h>

#include "scaling/partition_cap.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kKedaMaxReplicas = 100;
// Up to here one replica more is over the HPA's tolerance of 10 %.
constexpr std::int64_t kToleratedReplicas = 10;

// Partitions of one topic that count; none when neither the user nor partitionLimitation says how many.
std::optional<std::int64_t> counted_partitions(const std::string& topic, const scaling::ScalingPolicy& policy,
                                               const CheckOptions& options) {
  const auto given = options.partitions.find(topic);
  const bool known = given != options.partitions.end();
  if (!policy.partition_limitation) return known ? std::optional(given->second) : std::nullopt;
  std::int64_t count = 0;
  for (const auto& [first, last] : *policy.partition_limitation) {
    const std::int64_t end = known ? std::min<std::int64_t>(last, given->second - 1) : last;
    count += std::max<std::int64_t>(0, end - first + 1);
  }
  return count;
}

// The partitions of all topics, as far as they are known; reports topics of which none counts.
std::optional<std::int64_t> all_partitions(const CheckNode& metadata, const scaling::TriggerSpec& spec,
                                           const CheckOptions& options, CheckReport& report) {
  if (spec.topics.empty()) return std::nullopt;
  std::int64_t sum = 0;
  bool known = true;
  for (const std::string& topic : spec.topics) {
    const auto count = counted_partitions(topic, spec.policy, options);
    if (count == 0) {
      report.error(metadata["partitionLimitation"], fmt::format("leaves no partition of topic {}", topic));
      return std::nullopt;
    }
    known = known && count;
    sum += count.value_or(0);
  }
  return known ? std::optional(sum) : std::nullopt;
}

void check_maximum(const ScaledKind& object, std::optional<std::int64_t> cap, CheckReport& report) {
  if (!object.max_replicas) {
    report.warning(object.max_replicas_node,
                   fmt::format("is not set, so KEDA takes {}; set it to {}", kKedaMaxReplicas,
                               cap ? std::to_string(*cap) : "the partitions that the replicas share"));
  } else if (cap && *object.max_replicas > *cap) {
    report.warning(object.max_replicas_node,
                   fmt::format("{} is more than the {} replicas that have a partition to read; set it to {}",
                               *object.max_replicas, *cap, *cap));
  }
}

void check_hpa_maximum(const CheckNode& metadata, const scaling::ScalingPolicy& policy, const ScaledKind& object,
                       CheckReport& report) {
  const CheckNode node = metadata["hpaMaxReplicas"];
  const std::int64_t most = object.max_replicas.value_or(kKedaMaxReplicas);
  if (object.is_job) {
    if (policy.hpa_max_replicas) report.warning(node, "is for the HPA, which a ScaledJob does not have; leave it out");
    return;
  }
  if (policy.hpa_max_replicas && *policy.hpa_max_replicas != most) {
    report.warning(node, fmt::format("{} is not the maxReplicaCount of this ScaledObject, which is {}; write the same",
                                     *policy.hpa_max_replicas, most));
  }
  if (!policy.hpa_max_replicas && object.max_replicas && most > kToleratedReplicas &&
      policy.partition_cap == scaling::PartitionCap::kExact) {
    report.note(metadata, fmt::format("with hpaMaxReplicas: \"{}\" the HPA reaches {} replicas; without it, its "
                                      "tolerance of 10 % may hold it below",
                                      most, most));
  }
}

}  // namespace

void check_scale(const CheckNode& metadata, const scaling::TriggerSpec& spec, const ScaledKind& object,
                 const CheckOptions& options, CheckReport& report) {
  const auto partitions = all_partitions(metadata, spec, options, report);
  const auto cap = partitions ? scaling::replica_cap(spec.policy, *partitions, *partitions) : std::nullopt;
  check_maximum(object, cap, report);
  check_hpa_maximum(metadata, spec.policy, object, report);
  if (object.max_replicas && spec.policy.min_scale > *object.max_replicas) {
    report.warning(metadata["minScale"], fmt::format("{} is more than maxReplicaCount, which is {}",
                                                     spec.policy.min_scale, *object.max_replicas));
  }
}

}  // namespace weir::cli
