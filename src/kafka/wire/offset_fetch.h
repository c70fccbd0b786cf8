#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// OffsetFetch version 8 (KIP-709): the committed offsets of many groups in one request, require_stable false.
struct OffsetFetchRequest {
  struct Topic {
    std::string name;
    std::int32_t partition_count = 0;  // partitions 0 to this - 1
  };
  struct Group {
    std::string id;
    std::vector<Topic> topics;
    bool all_topics = false;
  };
  std::vector<Group> groups;

  void write(Writer& out) const;
};

struct OffsetFetchResponse {
  struct Partition {
    std::int32_t index = 0;
    std::int64_t committed_offset = -1;  // -1: no commit
    KafkaError error = KafkaError::kNone;
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
  };
  struct Group {
    std::string id;
    std::vector<Topic> topics;
    KafkaError error = KafkaError::kNone;
  };
  std::vector<Group> groups;

  static OffsetFetchResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
