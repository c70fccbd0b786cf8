#include "kafka/session_name.h"

#include <fmt/ranges.h>

#include "kafka/credentials.h"

namespace weir::kafka {

std::string session_name(const SessionKey& key) {
  std::string name = key.brokers.empty() ? std::string("no brokers") : key.brokers.front();
  if (key.brokers.size() > 1) name += fmt::format(" +{}", key.brokers.size() - 1);
  if (key.credentials.sasl != SaslMechanism::kNone)
    name += fmt::format(" as {} ({})", key.credentials.username, key.credentials.sasl_name());
  if (key.credentials.tls) name += " over TLS";
  if (key.read_committed) name += ", read_committed";
  return name;
}

Identity identity_of(const SessionKey& key) {
  return {fmt::format("{}", fmt::join(key.brokers, ",")),
          key.credentials.username,
          key.credentials.sasl,
          key.credentials.token_endpoint,
          !key.credentials.cert_pem.empty(),
          key.credentials.msk_iam.has_value()};
}

}  // namespace weir::kafka
