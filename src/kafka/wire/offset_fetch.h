#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"
#include "lag/offset_source.h"

namespace weir::kafka::wire {

// OffsetFetch version 8 (KIP-709): the committed offsets of many groups in one request, require_stable false. Of a
// group without topics, all are asked for.
struct OffsetFetchRequest {
  std::vector<const lag::CommittedRequest*> groups;

  void write(Writer& out) const;
};

// The answer in three tables, as one for each group would cost more than reading it. Names point into what was read.
struct OffsetFetchResponse {
  // The mark of what the caller has of a group, by its id and its place in the answer.
  using Known = std::function<lag::CommitsMark(std::string_view id, std::size_t place)>;

  struct Partition {
    std::int64_t committed_offset = -1;  // -1: no commit
    std::int32_t index = 0;
    KafkaError error = KafkaError::kNone;
  };
  struct Rows {
    std::size_t begin = 0, count = 0;
  };
  struct Topic {
    std::string_view name;
    Rows partitions;
  };
  struct Group {
    std::string_view id;
    Rows topics;
    KafkaError error = KafkaError::kNone;
    lag::CommitsMark mark;   // of all that the answer says of the group
    bool unchanged = false;  // the caller has it: nothing else was read
  };
  std::vector<Group> groups;
  std::vector<Topic> topics;
  std::vector<Partition> partitions;

  std::span<const Topic> of(const Group& group) const {
    return std::span(topics).subspan(group.topics.begin, group.topics.count);
  }
  std::span<const Partition> of(const Topic& topic) const {
    return std::span(partitions).subspan(topic.partitions.begin, topic.partitions.count);
  }

  static OffsetFetchResponse read(Reader& in, const Known& known = nullptr);
};

}  // namespace weir::kafka::wire
