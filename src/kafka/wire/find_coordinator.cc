#include "kafka/wire/find_coordinator.h"

namespace weir::kafka::wire {

void FindCoordinatorRequest::write(Writer& out) const {
  constexpr std::int8_t kGroup = 0;
  out.int8(kGroup).compact_array(std::ssize(groups));
  for (const std::string& group : groups)
    out.compact_string(group);
  out.no_tags();
}

FindCoordinatorResponse FindCoordinatorResponse::read(Reader& in) {
  constexpr std::size_t kCoordinatorBytes = 14;
  FindCoordinatorResponse response;
  in.int32();  // throttle_time_ms
  response.coordinators.resize(static_cast<std::size_t>(in.compact_array(kCoordinatorBytes)));
  for (auto& coordinator : response.coordinators) {
    coordinator.group = in.compact_string();
    coordinator.node = in.int32();
    coordinator.host = in.compact_host();
    coordinator.port = in.int32();
    coordinator.error = KafkaError{in.int16()};
    in.compact_string();  // error_message
    in.tags();
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
