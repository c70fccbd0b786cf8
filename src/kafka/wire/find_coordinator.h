#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// FindCoordinator version 4 (KIP-699): the coordinators of many groups in one request.
struct FindCoordinatorRequest {
  std::vector<std::string> groups;

  void write(Writer& out) const;
};

struct FindCoordinatorResponse {
  struct Coordinator {
    std::string group;
    std::int32_t node = -1;
    std::string host;
    std::int32_t port = 0;
    KafkaError error = KafkaError::kNone;
  };
  std::vector<Coordinator> coordinators;

  static FindCoordinatorResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
