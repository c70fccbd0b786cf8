#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/log_end_watch.h"
#include "lag/offsets.h"

namespace weir::lag {

// Partitions 0 to partition_count - 1 of a topic, whose name is the caller's to keep.
struct TopicPartitions {
  std::string_view topic;
  std::int32_t partition_count = 0;

  bool operator==(const TopicPartitions&) const = default;
};

// Tells answers about a group apart: two to the same question with equal marks hold the same commits. The default is
// the mark of no answer.
struct CommitsMark {
  std::uint64_t hash = 0;
  std::uint32_t bytes = 0;
  std::int32_t told_by = -1;  // for the source alone, which asks there first

  explicit operator bool() const { return bytes > 0; }
  bool operator==(const CommitsMark& other) const { return hash == other.hash && bytes == other.bytes; }
};

// One group, whose name is the caller's to keep, whose committed offsets are wanted. No topics: of every topic that the
// group has committed to.
struct CommittedRequest {
  std::string_view group;
  std::vector<TopicPartitions> topics;
  CommitsMark known = {};  // of an answer that the caller still has
};

struct GroupCommits {
  GroupCommits() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): the commits are the answer of every source that does not mark it.
  GroupCommits(GroupOffsets all) : offsets(std::move(all)) {}

  std::optional<GroupOffsets> offsets;  // none: those of the mark in the request
  CommitsMark mark;                     // none: the source does not mark its answers
};

// What was asked for, in its order, before anything is known of it. None of it without topics.
GroupOffsets nothing_committed(const CommittedRequest& request);
// Notes commits of a topic, pairs of partition and offset, in the answer to the request. What was not asked for is left
// out.
template <std::ranges::input_range Commits>
void note_commits(const CommittedRequest& request, std::string_view topic, Commits&& commits, GroupOffsets& answer) {
  if (request.topics.empty()) {
    auto known = std::ranges::find(answer, topic, &TopicOffsets::topic);
    for (const auto& [partition, offset] : commits) {
      if (known == answer.end()) known = answer.insert(answer.end(), TopicOffsets{std::string(topic), {}});
      auto& entry = known->partitions.emplace_back();
      entry.partition = partition;
      entry.committed = offset;
    }
    return;
  }
  for (auto& asked : answer) {
    if (asked.topic != topic) continue;
    for (const auto& [partition, offset] : commits)
      if (partition >= 0 && static_cast<std::size_t>(partition) < asked.partitions.size())
        asked.partitions[static_cast<std::size_t>(partition)].committed = offset;
  }
}

// Partitions of one topic whose log offsets are wanted.
struct LogOffsetRequest {
  std::string topic;
  std::vector<std::int32_t> partitions;
};

// Which end of the log. kEnd follows the session's isolation level; kHighWatermark never does.
enum class LogPosition { kStart, kEnd, kHighWatermark };

// The offsets of Kafka groups and partitions, asked in batches. One of these is one session: one cluster seen with one
// set of credentials and one isolation level; two objects are never the same session.
//
// Every call blocks until all is answered or `deadline` has passed, and answers each entry of the request at its index:
// what fails fails alone. Calls are made by one thread at a time.
// Errors: kNotFound (topic), kPermissionDenied (an ACL), kUnauthenticated (credentials refused), kUnavailable.
class OffsetSource {
 public:
  virtual ~OffsetSource() = default;

  // How many partitions each topic has. May answer from a cache of at most 30 s; a topic that is missing from it is
  // asked.
  virtual std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                                   base::SteadyTime deadline) = 0;

  // Every partition of the topics asked for, with what is committed; where none were named, the topics and partitions
  // that have a commit, in any order. A group that does not exist has no commits. An error of one partition is the
  // error of its group.
  virtual std::vector<base::Result<GroupCommits>> committed(std::span<const CommittedRequest> groups,
                                                            base::SteadyTime deadline) = 0;

  // One inner vector per request, one result per partition.
  virtual std::vector<std::vector<base::Result<Offset>>> log_offsets(std::span<const LogOffsetRequest> topics,
                                                                     LogPosition position,
                                                                     base::SteadyTime deadline) = 0;

  // A watch over this session's partitions, beside the calls above. Null where the session cannot watch: its ends must
  // be asked for. The source outlives it.
  virtual std::unique_ptr<LogEndWatch> watch_log_ends(const LogEndListener&) { return nullptr; }

  // Makes the call that is running, and every later one, return soon with kUnavailable: the process is stopping. From
  // any thread.
  virtual void interrupt() {}

  // Whether kEnd stops at the last stable offset.
  virtual bool read_committed() const = 0;

  // A name for people, unique in this process and free of secrets: `kafka-1:9092 as orders (scram_sha512)`.
  virtual std::string name() const = 0;
};

}  // namespace weir::lag
