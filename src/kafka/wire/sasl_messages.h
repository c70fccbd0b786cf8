#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// SaslHandshake version 1: which mechanism follows.
struct SaslHandshakeRequest {
  std::string_view mechanism;

  void write(Writer& out) const { out.string(mechanism); }
};

struct SaslHandshakeResponse {
  KafkaError error = KafkaError::kNone;
  std::vector<std::string> mechanisms;  // those that the broker offers

  static SaslHandshakeResponse read(Reader& in);
};

// SaslAuthenticate version 2: one message of the mechanism.
struct SaslAuthenticateRequest {
  std::string_view message;

  void write(Writer& out) const;
};

struct SaslAuthenticateResponse {
  KafkaError error = KafkaError::kNone;
  std::string error_message;
  std::string message;
  std::int64_t session_lifetime_ms = 0;  // 0: no need to authenticate again (KIP-368)

  static SaslAuthenticateResponse read(Reader& in);
};

}  // namespace weir::kafka::wire
