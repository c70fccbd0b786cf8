#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// Fetch version 12, as a long poll for news of partitions and not for their records: the smallest limits, so that a
// broker sends one record batch at most. Asked as a consumer (replica_id -1) of no rack.
struct FetchRequest {
  struct Partition {
    std::int32_t index = 0;
    std::int64_t offset = 0;
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
  };
  struct Forgotten {
    std::string name;
    std::vector<std::int32_t> partitions;
  };
  std::int32_t max_wait_ms = 500;
  bool read_committed = false;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = 0;
  std::vector<Topic> topics;
  std::vector<Forgotten> forgotten;

  void write(Writer& out) const;
};

struct FetchResponse {
  struct Partition {
    std::int32_t index = 0;
    KafkaError error = KafkaError::kNone;
    std::int64_t high_watermark = -1;
    std::int64_t last_stable_offset = -1;
  };
  struct Topic {
    std::string name;
    std::vector<Partition> partitions;
  };
  std::int32_t throttle_time_ms = 0;
  KafkaError error = KafkaError::kNone;
  std::int32_t session_id = 0;
  std::vector<Topic> topics;

  static FetchResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
