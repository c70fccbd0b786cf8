#pragma once

#include <map>
#include <utility>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// ApiVersions version 3: which versions of which requests a broker knows.
struct ApiVersionsRequest {
  static void write(Writer& out);
};

struct ApiVersionsResponse {
  KafkaError error = KafkaError::kNone;
  std::map<ApiKey, std::pair<std::int16_t, std::int16_t>> versions;  // lowest and highest

  static ApiVersionsResponse read(Reader& in);

  bool knows(const Api& api) const;
};

}  // namespace weir::kafka::wire
