#include "kafka/wire/api_versions.h"

namespace weir::kafka::wire {

void ApiVersionsRequest::write(Writer& out) {
  out.compact_string("weir").compact_string("1").no_tags();
}

ApiVersionsResponse ApiVersionsResponse::read(Reader& in) {
  constexpr std::size_t kVersionBytes = 7;
  ApiVersionsResponse response;
  response.error = KafkaError{in.int16()};
  // A broker that does not know version 3 answers in version 0: the error alone says so.
  if (response.error == KafkaError::kUnsupportedVersion) {
    in.skip(in.left());
    return response;
  }
  for (auto count = in.compact_array(kVersionBytes); count > 0; --count) {
    const ApiKey key{in.int16()};
    const auto lowest = in.int16();
    response.versions[key] = {lowest, in.int16()};
    in.tags();
  }
  in.int32();  // throttle_time_ms
  in.tags();
  return response;
}

bool ApiVersionsResponse::knows(const Api& api) const {
  const auto found = versions.find(api.key);
  return found != versions.end() && found->second.first <= api.version && api.version <= found->second.second;
}

}  // namespace weir::kafka::wire
