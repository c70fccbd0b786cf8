#include "kafka/oauth_token_client.h"

#include <chrono>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace weir::kafka {
namespace {

using base::ErrorCode;
using nlohmann::json;

constexpr std::chrono::seconds kDefaultLifetime{300};

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    const bool plain = (code >= '0' && code <= '9') || (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z') ||
                       std::string_view("-._~").find(letter) != std::string_view::npos;
    encoded += plain ? std::string(1, letter) : fmt::format("%{:02X}", code);
  }
  return encoded;
}

// `error` and `error_description` of RFC 6749 §5.2, which hold no secret.
std::string refusal_text(const json& body) {
  if (!body.is_object()) return {};
  std::string text;
  for (const char* name : {"error", "error_description"})
    if (const auto found = body.find(name); found != body.end() && found->is_string())
      text += fmt::format("{}{}", text.empty() ? ": " : ", ", found->get<std::string>().substr(0, 200));
  return text;
}

}  // namespace

OauthTokenClient::OauthTokenClient(const Credentials& credentials)
    : endpoint_(credentials.token_endpoint),
      client_id_(credentials.username),
      form_("grant_type=client_credentials"),
      client_secret_(credentials.password),
      extensions_(credentials.extensions) {
  if (!credentials.scopes.empty())
    form_ += fmt::format("&scope={}", percent_encoded(fmt::format("{}", fmt::join(credentials.scopes, " "))));
}

base::Result<OauthToken> OauthTokenClient::fetch() const {
  http::Request request;
  request.method = "POST";
  request.url = endpoint_;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  request.body = form_;
  request.user = percent_encoded(client_id_);
  request.password = base::Secret(percent_encoded(client_secret_.reveal()));
  auto response = http_.send(request);
  if (response && (response->status == 400 || response->status == 401)) {
    // RFC 6749 §2.3.1 lets an endpoint take the client in the body only.
    request.user.clear();
    request.body = fmt::format("{}&client_id={}&client_secret={}", form_, percent_encoded(client_id_),
                               percent_encoded(client_secret_.reveal()));
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
    lifetime = std::chrono::milliseconds(static_cast<std::int64_t>(expires->get<double>() * 1000));
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(received.time_since_epoch());
  OauthToken token;
  token.value = base::Secret(value->get<std::string>());
  token.expires_ms = (now + lifetime).count();
  return token;
}

}  // namespace weir::kafka
