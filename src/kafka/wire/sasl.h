#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "kafka/credentials.h"

namespace weir::kafka::wire {

// The client side of one SASL exchange. Used once, by one thread.
class SaslClient {
 public:
  virtual ~SaslClient() = default;

  // The name that SaslHandshake takes.
  virtual std::string_view mechanism() const = 0;
  virtual std::string first_message() = 0;
  // The answer to a message of the broker; none when the exchange is over. kUnauthenticated when the broker cannot
  // prove that it knows the password, or says no.
  virtual base::Result<std::optional<std::string>> next_message(std::string_view from_broker) = 0;
};

// PLAIN (RFC 4616).
std::unique_ptr<SaslClient> make_plain(const std::string& username, const base::Secret& password);

// SCRAM-SHA-256 and SCRAM-SHA-512 (RFC 5802, RFC 7677). The nonce is random.
std::unique_ptr<SaslClient> make_scram(SaslMechanism mechanism, const std::string& username,
                                       const base::Secret& password);
// With a nonce of the caller's, for tests against the vectors of the RFC.
std::unique_ptr<SaslClient> make_scram(SaslMechanism mechanism, const std::string& username,
                                       const base::Secret& password, std::string nonce);

// OAUTHBEARER (RFC 7628) with a token and extensions.
std::unique_ptr<SaslClient> make_oauth_bearer(const base::Secret& token,
                                              const std::vector<std::pair<std::string, std::string>>& extensions);

}  // namespace weir::kafka::wire
