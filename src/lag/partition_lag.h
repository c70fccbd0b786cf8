#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "lag/offsets.h"

namespace weir::lag {

// Where a group without a commit starts to read: Kafka's auto.offset.reset, KEDA's offsetResetPolicy.
enum class OffsetResetPolicy { kLatest, kEarliest };

// How the lag of a partition is counted. The rules are KEDA's (pkg/scalers/kafka_scaler.go, getLagForPartition) but for
// those listed in docs/differences.md.
struct LagPolicy {
  OffsetResetPolicy offset_reset = OffsetResetPolicy::kLatest;
  bool scale_to_zero_on_invalid_offset = false;
  // With excludePersistentLag: a partition behind for so long with its commit unmoved does not count.
  std::optional<std::chrono::seconds> persistent_after = std::nullopt;

  bool operator==(const LagPolicy&) const = default;
};

// Why a partition's lag is what it is.
enum class LagReason {
  kCaughtUp,          // nothing to read
  kBehind,            // log end - committed
  kNoCommitLatest,    // no commit, latest: 1, so that a consumer starts and commits
  kNoCommitEarliest,  // no commit, earliest: log end - log start
  kNoCommitIgnored,   // no commit, scaleToZeroOnInvalidOffset: 0
  kBeforeLogStart,    // committed records were deleted: log end - log start
  kBeyondEnd,         // committed beyond the log end, a recreated topic: by the reset policy
  kPersistent,        // stuck for persistentLagSeconds: 0, but still active
  kLastStableOffset,  // read_committed: nothing to read before an open transaction
};

// The name shown to users, snake_case: `beyond_end`.
std::string_view to_string(LagReason reason);

struct PartitionLag {
  Offset lag = 0;           // counts for the metric; never negative
  Offset activity_lag = 0;  // counts for activity; differs from lag only when kPersistent
  LagReason reason = LagReason::kCaughtUp;

  bool operator==(const PartitionLag&) const = default;
};

// `partition.log_end` must be known. A missing log start counts as 0.
PartitionLag partition_lag(const PartitionOffsets& partition, const LagPolicy& policy, base::SteadyTime now);

// The progress after this sight of a partition. `before` is null at first sight and after a time without a commit.
// `partition.log_end` must be known; none when there is no commit.
std::optional<CommitProgress> next_progress(const PartitionOffsets& partition, const PartitionOffsets* before,
                                            base::SteadyTime now);

// Whether any rule needs the log start of this partition: no commit, or a commit that is not the log end.
bool needs_log_start(const PartitionOffsets& partition);

}  // namespace weir::lag
