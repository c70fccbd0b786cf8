#include "lag/partition_lag.h"

#include <algorithm>

namespace weir::lag {
namespace {

PartitionLag same(Offset lag, LagReason reason) {
  return {lag, lag, reason};
}

Offset retained(const PartitionOffsets& partition) {
  // Retention may move the start past an end that was read a moment before it.
  return std::max<Offset>(0, *partition.log_end - partition.log_start.value_or(0));
}

PartitionLag without_commit(const PartitionOffsets& partition, const LagPolicy& policy) {
  if (policy.scale_to_zero_on_invalid_offset) return same(0, LagReason::kNoCommitIgnored);
  if (policy.offset_reset == OffsetResetPolicy::kLatest) return same(1, LagReason::kNoCommitLatest);
  return same(retained(partition), LagReason::kNoCommitEarliest);
}

bool is_persistent(const PartitionOffsets& partition, const LagPolicy& policy, base::SteadyTime now) {
  if (!policy.persistent_after || !partition.progress || !partition.progress->behind_since) return false;
  const auto since = std::max(partition.progress->commit_since, *partition.progress->behind_since);
  return now - since >= *policy.persistent_after;
}

// The lag of a partition that has a commit, unless the group has stood still for too long.
PartitionLag unless_persistent(Offset lag, LagReason reason, const PartitionOffsets& partition, const LagPolicy& policy,
                               base::SteadyTime now) {
  if (lag > 0 && is_persistent(partition, policy, now)) return {0, lag, LagReason::kPersistent};
  return same(lag, reason);
}

// Whether both sights of a partition have the commit on the same side of the log end.
bool same_side(const PartitionOffsets& a, const PartitionOffsets& b) {
  return (a.committed < a.log_end) == (b.committed < b.log_end) &&
         (a.committed > a.log_end) == (b.committed > b.log_end);
}

bool behind_open_transaction(const PartitionOffsets& partition) {
  return partition.high_watermark && *partition.high_watermark > *partition.log_end;
}

}  // namespace

std::string_view to_string(LagReason reason) {
  switch (reason) {
    case LagReason::kCaughtUp:
      return "caught_up";
    case LagReason::kBehind:
      return "behind";
    case LagReason::kNoCommitLatest:
      return "no_commit_latest";
    case LagReason::kNoCommitEarliest:
      return "no_commit_earliest";
    case LagReason::kNoCommitIgnored:
      return "no_commit_ignored";
    case LagReason::kBeforeLogStart:
      return "before_log_start";
    case LagReason::kBeyondEnd:
      return "beyond_end";
    case LagReason::kPersistent:
      return "persistent";
    case LagReason::kLastStableOffset:
      return "lso";
  }
  return "unknown";
}

PartitionLag partition_lag(const PartitionOffsets& partition, const LagPolicy& policy, base::SteadyTime now) {
  if (!partition.committed) return without_commit(partition, policy);
  const Offset committed = *partition.committed;
  const Offset end = *partition.log_end;
  if (committed > end) {
    // With read_committed a read_uncommitted consumer may stand between the last stable offset and the end.
    if (behind_open_transaction(partition) && committed <= *partition.high_watermark) {
      return same(0, LagReason::kLastStableOffset);
    }
    const bool from_start = policy.offset_reset == OffsetResetPolicy::kEarliest;
    return unless_persistent(from_start ? retained(partition) : 0, LagReason::kBeyondEnd, partition, policy, now);
  }
  if (committed == end) {
    return same(0, behind_open_transaction(partition) ? LagReason::kLastStableOffset : LagReason::kCaughtUp);
  }
  const bool trimmed = partition.log_start && committed < *partition.log_start;
  const Offset lag = trimmed ? retained(partition) : end - committed;
  return unless_persistent(lag, trimmed ? LagReason::kBeforeLogStart : LagReason::kBehind, partition, policy, now);
}

std::optional<CommitProgress> next_progress(const PartitionOffsets& partition, const PartitionOffsets* before,
                                            base::SteadyTime now) {
  if (!partition.committed) return std::nullopt;
  CommitProgress progress{now, std::nullopt};
  const bool known = before != nullptr && before->progress;
  if (known && before->committed == partition.committed) progress.commit_since = before->progress->commit_since;
  if (partition.committed != partition.log_end) {
    const bool as_before = known && before->progress->behind_since && same_side(*before, partition);
    progress.behind_since = as_before ? before->progress->behind_since : now;
  }
  return progress;
}

bool needs_log_start(const PartitionOffsets& partition) {
  return !partition.committed || partition.committed != partition.log_end;
}

}  // namespace weir::lag
