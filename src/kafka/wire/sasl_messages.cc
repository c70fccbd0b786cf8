#include "kafka/wire/sasl_messages.h"

namespace weir::kafka::wire {

SaslHandshakeResponse SaslHandshakeResponse::read(Reader& in) {
  SaslHandshakeResponse response;
  response.error = KafkaError{in.int16()};
  response.mechanisms.resize(static_cast<std::size_t>(in.array(sizeof(std::int16_t))));
  for (auto& mechanism : response.mechanisms)
    mechanism = in.string();
  return response;
}

void SaslAuthenticateRequest::write(Writer& out) const {
  out.compact_bytes({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}).no_tags();
}

SaslAuthenticateResponse SaslAuthenticateResponse::read(Reader& in) {
  SaslAuthenticateResponse response;
  response.error = KafkaError{in.int16()};
  response.error_message = in.compact_string();
  const auto bytes = in.compact_bytes();
  response.message.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  response.session_lifetime_ms = in.int64();
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
