#include "kafka/client_config.h"

#include <array>

#include <fmt/ranges.h>

#include "kafka/kafka_errors.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

std::string ms(milliseconds duration) {
  return std::to_string(duration.count());
}

// Short time-outs and back-offs: a request that hangs must not outlive the refresh it belongs to, and a broker that is
// back must be used within a second or two.
void add_timing(ClientProperties& properties, const SessionOptions& options) {
  properties["socket.timeout.ms"] = ms(options.request_timeout);
  properties["socket.connection.setup.timeout.ms"] = ms(std::max(options.request_timeout, milliseconds(3000)));
  properties["api.version.request.timeout.ms"] = ms(std::max(options.request_timeout, milliseconds(3000)));
  properties["reconnect.backoff.ms"] = "50";
  properties["reconnect.backoff.max.ms"] = "1000";
  properties["retry.backoff.ms"] = "100";
  properties["topic.metadata.refresh.interval.ms"] = ms(2 * options.metadata_max_age);
  properties["statistics.interval.ms"] = "15000";
}

void add_tls(ClientProperties& properties, const Credentials& credentials) {
  properties["enable.ssl.certificate.verification"] = credentials.verify_server ? "true" : "false";
  properties["ssl.endpoint.identification.algorithm"] = credentials.verify_server ? "https" : "none";
  const std::array<std::pair<const char*, const std::string*>, 4> pems{{
      {"ssl.ca.pem", &credentials.ca_pem},
      {"ssl.certificate.pem", &credentials.cert_pem},
      {"ssl.key.pem", &credentials.key_pem.reveal()},
      {"ssl.key.password", &credentials.key_password.reveal()},
  }};
  for (const auto& [name, value] : pems)
    if (!value->empty()) properties[name] = *value;
}

void add_sasl(ClientProperties& properties, const Credentials& credentials) {
  properties["sasl.mechanisms"] = mechanism_name(credentials.sasl);
  switch (credentials.sasl) {
    case SaslMechanism::kPlain:
    case SaslMechanism::kScramSha256:
    case SaslMechanism::kScramSha512:
      properties["sasl.username"] = credentials.username;
      properties["sasl.password"] = credentials.password.reveal();
      break;
    case SaslMechanism::kGssapi:
      properties["sasl.kerberos.service.name"] = credentials.kerberos_service;
      properties["sasl.kerberos.principal"] = fmt::format("{}@{}", credentials.username, credentials.realm);
      break;
    case SaslMechanism::kOauthBearer:
    case SaslMechanism::kNone:
      break;
  }
}

}  // namespace

ClientProperties client_properties(const SessionKey& key, const SessionOptions& options) {
  const auto& credentials = key.credentials;
  const bool sasl = credentials.sasl != SaslMechanism::kNone;
  ClientProperties properties{
      {"bootstrap.servers", fmt::format("{}", fmt::join(key.brokers, ","))},
      {"client.id", "weir"},
      {"group.id", "weir"},
      {"isolation.level", key.read_committed ? "read_committed" : "read_uncommitted"},
      {"allow.auto.create.topics", "false"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"socket.keepalive.enable", "true"},
      {"socket.nagle.disable", "true"},
      {"security.protocol", credentials.tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext")},
  };
  add_timing(properties, options);
  if (credentials.tls) add_tls(properties, credentials);
  if (sasl) add_sasl(properties, credentials);
  return properties;
}

base::Result<ConfPtr> make_conf(const ClientProperties& properties) {
  ConfPtr conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
      const bool secret = name.starts_with("ssl.") || name.starts_with("sasl.");
      return base::fail(ErrorCode::kInvalidArgument, "the Kafka client cannot use {}: {}", name,
                        secret ? "check the value in the Secret" : reason.data());
    }
  }
  return conf;
}

}  // namespace weir::kafka
