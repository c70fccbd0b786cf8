#include "kafka/kafka_errors.h"

#include <array>
#include <optional>

#include <fmt/format.h>

namespace weir::kafka {
namespace {

using base::Error;
using base::ErrorCode;

std::string principal(const Identity& identity) {
  return identity.user.empty() ? std::string("clients without a user") : fmt::format("user \"{}\"", identity.user);
}

// librdkafka's words before the mechanisms of a listener.
constexpr std::string_view kOffersInstead = "supported mechanisms: ";

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// librdkafka's texts start with the broker's name: `sasl_ssl://host:port/id: ` or `host:port/id: `.
struct BrokerText {
  std::string broker;
  std::string_view text;
};

BrokerText split_broker(std::string_view text, const Identity& identity) {
  const auto end = text.find(": ");
  auto name = text.substr(0, end);
  if (end == std::string_view::npos || contains(name, " ") || !contains(name, "/")) return {identity.brokers, text};
  if (const auto scheme = name.find("://"); scheme != std::string_view::npos) name.remove_prefix(scheme + 3);
  return {std::string(name.substr(0, name.find('/'))), text.substr(end + 2)};
}

std::string refused_credentials(const std::string& broker, const Identity& identity) {
  switch (identity.mechanism) {
    case SaslMechanism::kNone:
      return fmt::format("Kafka at {} wants credentials: set sasl, username and password", broker);
    case SaslMechanism::kOauthBearer:
      if (identity.aws_msk_iam)
        return fmt::format(
            "Kafka at {} refused the AWS identity {}: check that its IAM policy allows kafka-cluster:Connect, "
            "awsRegion, "
            "the keys in the Secret, and the clock",
            broker, identity.user);
      return fmt::format(
          "Kafka at {} refused the token that {} got from {} (OAUTHBEARER): check username, password, scopes and "
          "oauthExtensions in the Secret",
          broker, principal(identity), identity.token_endpoint);
    case SaslMechanism::kGssapi:
      return fmt::format(
          "Kafka at {} refused {} (GSSAPI): check username, realm, keytab, kerberosConfig and kerberosServiceName in "
          "the "
          "Secret",
          broker, principal(identity));
    case SaslMechanism::kPlain:
    case SaslMechanism::kScramSha256:
    case SaslMechanism::kScramSha512:
      break;
  }
  return fmt::format("Kafka at {} refused the credentials of {} ({}): check username and password in the Secret",
                     broker, principal(identity), mechanism_name(identity.mechanism));
}

// The parts of OpenSSL's and librdkafka's texts that tell which setting is wrong. `alone` is for who has no client
// certificate, where that makes a difference.
struct TlsCause {
  std::string_view part;
  std::string_view meaning;
  std::string_view alone = {};
};
constexpr std::string_view kWantsCertificate = "it wants a client certificate: set cert and key";
constexpr std::string_view kRefusedCertificate = "it refused the client certificate: check cert and key";
constexpr std::array<TlsCause, 8> kTlsCauses{{
    {"hostname mismatch", "its certificate is for another host: use a name that is in the certificate"},
    {"IP address mismatch", "its certificate is for another host: use a name that is in the certificate"},
    {"certificate verify failed",
     "its certificate is not signed by a known authority: set ca to the certificate of the authority that signed it"},
    {"certificate required", kWantsCertificate},
    {"bad certificate", kRefusedCertificate, kWantsCertificate},
    {"unknown ca", kRefusedCertificate, kWantsCertificate},
    {"certificate unknown", kRefusedCertificate, kWantsCertificate},
    {"wrong version number", "its listener does not speak TLS: check tls"},
}};

std::optional<Error> tls_error(std::string_view text, const std::string& broker, const Identity& identity) {
  for (const auto& [part, meaning, alone] : kTlsCauses) {
    if (!contains(text, part)) continue;
    const auto told = identity.client_certificate || alone.empty() ? meaning : alone;
    return Error{ErrorCode::kUnauthenticated, fmt::format("TLS with Kafka at {} failed: {}", broker, told)};
  }
  return std::nullopt;
}

Error unavailable(std::string_view what, rd_kafka_resp_err_t err, const Identity& identity) {
  return {ErrorCode::kUnavailable,
          fmt::format("Kafka at {} did not answer for {}: {}", identity.brokers, what, rd_kafka_err2str(err))};
}

}  // namespace

std::string_view mechanism_name(SaslMechanism mechanism) {
  switch (mechanism) {
    case SaslMechanism::kNone:
      return "none";
    case SaslMechanism::kPlain:
      return "PLAIN";
    case SaslMechanism::kScramSha256:
      return "SCRAM-SHA-256";
    case SaslMechanism::kScramSha512:
      return "SCRAM-SHA-512";
    case SaslMechanism::kOauthBearer:
      return "OAUTHBEARER";
    case SaslMechanism::kGssapi:
      return "GSSAPI";
  }
  return "none";
}

Error topic_error(rd_kafka_resp_err_t err, std::string_view topic, const Identity& identity) {
  switch (err) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return {ErrorCode::kNotFound,
              fmt::format("topic \"{}\" does not exist in Kafka at {}: create it or correct the name", topic,
                          identity.brokers)};
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return {ErrorCode::kNotFound,
              fmt::format("\"{}\" cannot be a topic: use letters, digits, '.', '_' and '-', at most 249", topic)};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return {ErrorCode::kPermissionDenied,
              fmt::format("Kafka at {} denies topic \"{}\" to {}: add an ACL that allows DESCRIBE on it",
                          identity.brokers, topic, principal(identity))};
    default:
      if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
        return cluster_error(err, identity);
      return unavailable(fmt::format("topic \"{}\"", topic), err, identity);
  }
}

Error group_error(rd_kafka_resp_err_t err, std::string_view group, const Identity& identity) {
  switch (err) {
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return {ErrorCode::kPermissionDenied,
              fmt::format("Kafka at {} denies group \"{}\" to {}: add an ACL that allows DESCRIBE on it",
                          identity.brokers, group, principal(identity))};
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
      return {ErrorCode::kInvalidArgument, fmt::format("\"{}\" cannot be a consumer group: correct the name", group)};
    default:
      if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
        return cluster_error(err, identity);
      return unavailable(fmt::format("group \"{}\"", group), err, identity);
  }
}

Error cluster_error(rd_kafka_resp_err_t err, const Identity& identity) {
  switch (err) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
      return {ErrorCode::kUnauthenticated, refused_credentials(identity.brokers, identity)};
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return {ErrorCode::kPermissionDenied,
              fmt::format("Kafka at {} denies the cluster to {}: add an ACL that allows DESCRIBE on topics and groups",
                          identity.brokers, principal(identity))};
    default:
      return {ErrorCode::kUnavailable,
              fmt::format("Kafka at {} is unreachable: {}", identity.brokers, rd_kafka_err2str(err))};
  }
}

Error connection_error(rd_kafka_resp_err_t err, std::string_view text, const Identity& identity) {
  const auto [broker, reason] = split_broker(text, identity);
  if (auto tls = tls_error(text, broker, identity)) return *tls;
  if (contains(text, kOffersInstead))
    return {ErrorCode::kUnauthenticated,
            fmt::format("Kafka at {} does not offer {}: set sasl to what its listener offers ({})", broker,
                        mechanism_name(identity.mechanism),
                        text.substr(text.find(kOffersInstead) + kOffersInstead.size()))};
  if (err == RD_KAFKA_RESP_ERR__AUTHENTICATION || err == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
    return {ErrorCode::kUnauthenticated, refused_credentials(broker, identity)};
  for (const std::string_view closed : {"Disconnected", "Broken pipe", "reset by peer", "connection was closed"})
    if (contains(text, closed))
      return {ErrorCode::kUnavailable,
              fmt::format("Kafka at {} closed the connection: if it is up, check that tls and sasl fit its listener",
                          broker)};
  return {ErrorCode::kUnavailable, fmt::format("Kafka at {} is unreachable: {}", broker, reason)};
}

bool is_moved(rd_kafka_resp_err_t err) {
  switch (err) {
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
      return true;
    default:
      return false;
  }
}

bool is_unanswered(rd_kafka_resp_err_t err) {
  switch (err) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return true;
    default:
      return false;
  }
}

bool is_retriable(rd_kafka_resp_err_t err) {
  switch (err) {
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
      return true;
    default:
      return is_moved(err) || is_unanswered(err);
  }
}

}  // namespace weir::kafka
