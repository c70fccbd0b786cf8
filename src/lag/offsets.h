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

// A value or none, as std::optional<T> is but of half its size: a scaler of many groups goes through millions of them
// each second, and memory is what that waits for. `None` gives what stands for none and comes before every value.
template <class T, T (*None)()>
class Compact {
 public:
  constexpr Compact() = default;
  // NOLINTBEGIN(google-explicit-constructor): it stands wherever std::optional<T> does.
  constexpr Compact(std::nullopt_t) {}
  constexpr Compact(T value) : value_(value) {}
  constexpr Compact(const std::optional<T>& value) : value_(value.value_or(None())) {}
  constexpr operator std::optional<T>() const { return has_value() ? std::optional(value_) : std::nullopt; }
  // NOLINTEND(google-explicit-constructor)

  constexpr bool has_value() const { return value_ != None(); }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr T operator*() const { return value_; }
  constexpr T value_or(T other) const { return has_value() ? value_ : other; }

  auto operator<=>(const Compact&) const = default;

 private:
  T value_ = None();
};

constexpr Offset no_offset() {
  return -1;
}
constexpr base::SteadyTime no_time() {
  return base::SteadyTime::min();
}

using MaybeOffset = Compact<Offset, no_offset>;
using MaybeTime = Compact<base::SteadyTime, no_time>;

// How far a group has come in one partition over time, kept from snapshot to snapshot.
struct CommitProgress {
  // Since when the committed offset is what it is.
  base::SteadyTime commit_since;
  // Since when the end has been beyond the committed offset, or short of it (a recreated topic), without a break; none
  // while they are equal.
  MaybeTime behind_since;

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
