#include "kafka/wire/handshake.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/ranges.h>

#include "kafka/kafka_errors.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/sasl.h"
#include "kafka/wire/sasl_messages.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

// One request and its answer.
template <class Response, class Request>
base::Result<Response> call(Connection& connection, const Api& api, const Request& request, const Patience& patience) {
  Response response;
  connection.ask(api, request, [&response](Reader& in) {
    response = Response::read(in);
    return !in.failed();
  });
  Participant only{&connection, std::nullopt};
  drive(std::span(&only, 1), patience);
  if (only.error) return std::unexpected(*only.error);
  return response;
}

base::Result<std::unique_ptr<SaslClient>> client_for(const Credentials& credentials, const OauthTokenClient* tokens,
                                                     const Patience& patience) {
  switch (credentials.sasl) {
    case SaslMechanism::kPlain:
      return make_plain(credentials.username, credentials.password);
    case SaslMechanism::kScramSha256:
    case SaslMechanism::kScramSha512:
      return make_scram(credentials.sasl, credentials.username, credentials.password);
    case SaslMechanism::kOauthBearer: {
      const auto token = tokens->fetch(patience.deadline);
      if (!token) return std::unexpected(token.error());
      return make_oauth_bearer(token->value, token->extensions);
    }
    case SaslMechanism::kGssapi:
    case SaslMechanism::kNone:
      break;
  }
  return base::fail(ErrorCode::kInternal, "this client does not speak {}", mechanism_name(credentials.sasl));
}

Identity identity_at(const Connection& connection, const Credentials& credentials) {
  return {.brokers = connection.address(),
          .user = credentials.username,
          .mechanism = credentials.sasl,
          .token_endpoint = credentials.token_endpoint,
          .aws_msk_iam = credentials.msk_iam.has_value()};
}

// Kafka says little of why it refused, and that little is for its own operators.
std::unexpected<base::Error> refused(const Connection& connection, const Credentials& credentials) {
  return std::unexpected(
      cluster_error(RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, identity_at(connection, credentials)));
}

// What of the broker's list may stand in an error: names as RFC 4422 allows them, and no more than there can be.
std::vector<std::string_view> mechanism_names(const std::vector<std::string>& offered) {
  constexpr std::size_t kMostNames = 16;
  constexpr std::size_t kMostLetters = 20;
  std::vector<std::string_view> names;
  for (const std::string& name : offered) {
    const bool plain = name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == std::string::npos;
    if (plain && !name.empty() && name.size() <= kMostLetters && names.size() < kMostNames) names.emplace_back(name);
  }
  return names;
}

base::Result<void> choose_mechanism(Connection& connection, std::string_view mechanism, const Patience& patience) {
  const auto chosen =
      call<SaslHandshakeResponse>(connection, kSaslHandshake, SaslHandshakeRequest{mechanism}, patience);
  if (!chosen) return std::unexpected(chosen.error());
  if (chosen->error == KafkaError::kNone) return {};
  if (chosen->error == KafkaError::kUnsupportedSaslMechanism)
    return base::fail(ErrorCode::kUnauthenticated,
                      "Kafka at {} does not offer {}: set sasl to what its listener offers ({})", connection.address(),
                      mechanism, fmt::join(mechanism_names(chosen->mechanisms), ", "));
  return base::fail(ErrorCode::kUnauthenticated,
                    "Kafka at {} wants no SASL here (error {}): check sasl and tls, which must fit its listener",
                    connection.address(), static_cast<int>(chosen->error));
}

// Well before the broker ends the connection for it.
std::optional<Renewal> renewal(std::int64_t lifetime_ms) {
  if (lifetime_ms <= 0) return std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  const milliseconds lifetime(std::min<std::int64_t>(lifetime_ms, 86'400'000));
  return Renewal{now + lifetime * 8 / 10, now + lifetime};
}

}  // namespace

base::Result<ApiVersionsResponse> ask_versions(Connection& connection, const Patience& patience) {
  struct Empty {
    static void write(Writer& out) { ApiVersionsRequest::write(out); }
  };
  return call<ApiVersionsResponse>(connection, kApiVersions, Empty{}, patience);
}

base::Result<void> ask_brokers(Connection& connection, const Patience& patience) {
  const auto answer = call<MetadataResponse>(connection, kMetadata, MetadataRequest{}, patience);
  if (!answer) return std::unexpected(answer.error());
  return {};
}

base::Result<std::optional<Renewal>> authenticate(Connection& connection, const Credentials& credentials,
                                                  const OauthTokenClient* tokens, const Patience& patience) {
  if (credentials.sasl == SaslMechanism::kNone) return std::nullopt;
  const auto client = client_for(credentials, tokens, patience);
  if (!client) return std::unexpected(client.error());
  if (auto chosen = choose_mechanism(connection, (*client)->mechanism(), patience); !chosen)
    return std::unexpected(chosen.error());
  std::optional<std::string> message = (*client)->first_message();
  std::int64_t lifetime_ms = 0;
  while (message) {
    const auto answer =
        call<SaslAuthenticateResponse>(connection, kSaslAuthenticate, SaslAuthenticateRequest{*message}, patience);
    if (!answer) return std::unexpected(answer.error());
    if (answer->error != KafkaError::kNone) return refused(connection, credentials);
    lifetime_ms = answer->session_lifetime_ms;
    auto next = (*client)->next_message(answer->message);
    if (!next) return refused(connection, credentials);
    message = *std::move(next);
  }
  return renewal(lifetime_ms);
}

}  // namespace weir::kafka::wire
