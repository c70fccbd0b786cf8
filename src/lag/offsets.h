#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace weir::lag {

// A position in a partition's log: the offset of the next record. Never negative.
using Offset = std::int64_t;

// An offset, or none, as std::optional<Offset> is but of half its size: a scaler of many groups goes through millions
// of them each second, and memory is what that waits for.
class MaybeOffset {
 public:
  constexpr MaybeOffset() = default;
  // NOLINTBEGIN(google-explicit-constructor): it stands wherever std::optional<Offset> does.
  constexpr MaybeOffset(std::nullopt_t) {}
  constexpr MaybeOffset(Offset offset) : offset_(offset) {}
  constexpr MaybeOffset(const std::optional<Offset>& offset) : offset_(offset.value_or(kNone)) {}
  constexpr operator std::optional<Offset>() const { return has_value() ? std::optional(offset_) : std::nullopt; }
  // NOLINTEND(google-explicit-constructor)

  constexpr bool has_value() const { return offset_ != kNone; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr Offset operator*() const { return offset_; }
  constexpr Offset value_or(Offset other) const { return has_value() ? offset_ : other; }

  // None is before every offset.
  auto operator<=>(const MaybeOffset&) const = default;

 private:
  static constexpr Offset kNone = -1;

  Offset offset_ = kNone;
};

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
  MaybeOffset committed;  // none: the group has no commit here
  MaybeOffset log_start;  // asked only where a rule needs it; may be up to 30 s older than the rest
  MaybeOffset log_end;    // high watermark, or the last stable offset with read_committed
  // Only with read_committed: the high watermark, where records may stand behind an open transaction.
  MaybeOffset high_watermark;
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
