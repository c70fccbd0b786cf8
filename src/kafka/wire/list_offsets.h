#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// ListOffsets version 6: one end of the log of many partitions that one broker leads. Asked as a consumer (replica_id
// -1).
struct ListOffsetsRequest {
  static constexpr std::int64_t kLatest = -1;
  static constexpr std::int64_t kEarliest = -2;

  struct Topic {
    std::string name;
    std::vector<std::int32_t> partitions;
  };
  bool read_committed = false;
  std::int64_t timestamp = kLatest;
  std::vector<Topic> topics;

  void write(Writer& out) const;
};

struct ListOffsetsResponse {
  struct Partition {
    std::int32_t index = 0;
    KafkaError error = KafkaError::kNone;
    std::int64_t offset = -1;
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
  };
  std::vector<Topic> topics;

  static ListOffsetsResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
