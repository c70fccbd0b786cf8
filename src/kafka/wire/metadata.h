#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// Metadata version 9: the brokers, and partitions and leaders of the topics named. Never creates a topic.
struct MetadataRequest {
  std::vector<std::string> topics;  // none: the brokers alone

  void write(Writer& out) const;
};

struct MetadataResponse {
  struct Broker {
    std::int32_t node = -1;
    std::string host;
    std::int32_t port = 0;
  };
  struct Partition {
    KafkaError error = KafkaError::kNone;
    std::int32_t index = 0;
    std::int32_t leader = -1;
  };
  struct Topic {
    KafkaError error = KafkaError::kNone;
    std::string name;
    std::vector<Partition> partitions;
  };
  std::vector<Broker> brokers;
  std::vector<Topic> topics;

  static MetadataResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
