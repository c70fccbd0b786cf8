#include "kafka/oauth_token_client.h"

#include <algorithm>
#include <chrono>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "kafka/msk_iam_token.h"
#include "kafka/percent_encoding.h"
#include "telemetry/utf8.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using nlohmann::json;

constexpr std::chrono::seconds kDefaultLifetime{300};
constexpr std::chrono::milliseconds kMostWait{5000};
constexpr double kLongestLifetimeSeconds = 366.0 * 24 * 3600;

std::chrono::milliseconds wait_until(base::SteadyTime deadline) {
  const auto left = deadline - std::chrono::steady_clock::now();
  return std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(1),
                    kMostWait);
}

// `error` and `error_description` of RFC 6749 §5.2, which hold no secret.
std::string refusal_text(const json& body) {
  if (!body.is_object()) return {};
  std::string text;
  for (const char* name : {"error", "error_description"})
    if (const auto found = body.find(name); found != body.end() && found->is_string())
      text += fmt::format("{}{}", text.empty() ? ": " : ", ",
                          telemetry::to_valid_utf8(found->get_ref<const std::string&>().substr(0, 200)));
  return text;
}

}  // namespace

OauthTokenClient::OauthTokenClient(const Credentials& credentials)
    : msk_(credentials.msk_iam),
      endpoint_(credentials.token_endpoint),
      client_id_(credentials.username),
      form_("grant_type=client_credentials"),
      client_secret_(credentials.password),
      extensions_(credentials.extensions) {
  if (msk_ && msk_->web_identity) web_identity_ = std::make_unique<WebIdentityKeys>(*msk_->web_identity, msk_->region);
  if (!credentials.scopes.empty())
    form_ += fmt::format("&scope={}", percent_encoded(fmt::format("{}", fmt::join(credentials.scopes, " "))));
}

base::Result<OauthToken> OauthTokenClient::fetch_msk(base::SteadyTime deadline) const {
  const auto now = std::chrono::system_clock::now();
  if (!web_identity_) return msk_iam_token(msk_->region, msk_->keys, now);
  const auto keys = web_identity_->get(now, deadline);
  if (!keys) return std::unexpected(keys.error());
  return msk_iam_token(msk_->region, *keys, now);
}

base::Result<OauthToken> OauthTokenClient::fetch(base::SteadyTime deadline) const {
  if (msk_) return fetch_msk(deadline);
  http::Request request;
  request.method = "POST";
  request.url = endpoint_;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = form_;
  request.user = percent_encoded(client_id_);
  request.password = base::Secret(percent_encoded(client_secret_.reveal()));
  request.timeout = wait_until(deadline);
  auto response = http_.send(request);
  if (response && (response->status == 400 || response->status == 401)) {
    // RFC 6749 §2.3.1 lets an endpoint take the client in the body only.
    request.user.clear();
    request.body = fmt::format("{}&client_id={}&client_secret={}", form_, percent_encoded(client_id_),
                               percent_encoded(client_secret_.reveal()));
    request.timeout = wait_until(deadline);
    response = http_.send(request);
  }
  if (!response) return base::fail(ErrorCode::kUnavailable, "no OAuth token for Kafka: {}", response.error().message);
  auto token = parse_token_response(endpoint_, *response, std::chrono::system_clock::now());
  if (!token) return token;
  token->principal = client_id_;
  token->extensions = extensions_;
  return token;
}

base::Result<OauthToken> parse_token_response(const std::string& endpoint, const http::Response& response,
                                              base::SystemTime received) {
  const auto body = json::parse(response.body, nullptr, false);
  if (response.status == 400 || response.status == 401 || response.status == 403)
    return base::fail(
        ErrorCode::kUnauthenticated,
        "the token endpoint {} refused the client with HTTP {}{}: check username, password and scopes in the "
        "Secret",
        endpoint, response.status, refusal_text(body));
  if (response.status != 200)
    return base::fail(ErrorCode::kUnavailable, "the token endpoint {} answered HTTP {}: check oauthTokenEndpointUri",
                      endpoint, response.status);
  const auto value = body.is_object() ? body.find("access_token") : body.end();
  if (!body.is_object() || value == body.end() || !value->is_string())
    return base::fail(ErrorCode::kUnavailable,
                      "the token endpoint {} answered without an access_token: check oauthTokenEndpointUri", endpoint);
  auto lifetime = std::chrono::duration_cast<std::chrono::milliseconds>(kDefaultLifetime);
  if (const auto expires = body.find("expires_in"); expires != body.end() && expires->is_number())
    lifetime = std::chrono::milliseconds(
        static_cast<std::int64_t>(std::clamp(expires->get<double>(), 0.0, kLongestLifetimeSeconds) * 1000));
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(received.time_since_epoch());
  OauthToken token;
  token.value = base::Secret(value->get<std::string>());
  token.expires_ms = (now + lifetime).count();
  return token;
}

}  // namespace weir::kafka
