#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace weir::lag {

// A position in a partition's log: the offset of the next record. Never negative.
using Offset = std::int64_t;

// How far a group has come in one partition over time, kept from snapshot to snapshot.
struct CommitProgress {
  // Since when the committed offset is what it is.
  base::SteadyTime commit_since;
  // Since when the end has been beyond the committed offset, or short of it (a recreated topic), without a break; none
  // while they are equal.
  std::optional<base::SteadyTime> behind_since;

  bool operator==(const CommitProgress&) const = default;
};

// What one refresh learned of one partition.
struct PartitionOffsets {
  std::int32_t partition = 0;
  std::optional<Offset> committed;  // none: the group has no commit here
  std::optional<Offset> log_start;  // asked only where a rule needs it; may be up to 30 s older than the rest
  std::optional<Offset> log_end;    // high watermark, or the last stable offset with read_committed
  // Only with read_committed: the high watermark, where records may stand behind an open transaction.
  std::optional<Offset> high_watermark;
  std::optional<CommitProgress> progress;  // none without a commit

  bool operator==(const PartitionOffsets&) const = default;
};

// Every partition of a topic, by ascending number.
struct TopicOffsets {
  std::string topic;
  std::vector<PartitionOffsets> partitions;

  bool operator==(const TopicOffsets&) const = default;
};

// Every topic of one group, in the order the subscription names them (by name in all-topics mode).
using GroupOffsets = std::vector<TopicOffsets>;

}  // namespace weir::lag
