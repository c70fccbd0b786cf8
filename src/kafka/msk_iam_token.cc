#include "kafka/msk_iam_token.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "kafka/aws_signature.h"

namespace weir::kafka {
namespace {

constexpr std::chrono::seconds kLifetime{900};
constexpr const char* kService = "kafka-cluster";

// RFC 4648's alphabet for URLs, without padding.
std::string base64url(const std::string& text) {
  std::string encoded(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  encoded.resize(static_cast<std::size_t>(size));
  std::erase(encoded, '=');
  std::ranges::replace(encoded, '+', '-');
  std::ranges::replace(encoded, '/', '_');
  return encoded;
}

}  // namespace

OauthToken msk_iam_token(const std::string& region, const AwsKeys& keys, base::SystemTime now) {
  const AwsScope scope{now, region, kService};
  AwsRequest request;
  request.headers["host"] = fmt::format("kafka.{}.amazonaws.com", region);
  request.query = {{"Action", "kafka-cluster:Connect"},
                   {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
                   {"X-Amz-Credential", fmt::format("{}/{}", keys.access_key_id, scope.text())},
                   {"X-Amz-Date", scope.timestamp()},
                   {"X-Amz-Expires", std::to_string(kLifetime.count())},
                   {"X-Amz-SignedHeaders", "host"}};
  if (!keys.session_token.empty()) request.query.emplace_back("X-Amz-Security-Token", keys.session_token.reveal());
  const auto signature = aws_signature(request, scope, keys);
  request.query.emplace_back("X-Amz-Signature", signature);
  request.query.emplace_back("User-Agent", "weir");

  const auto signed_at = std::chrono::floor<std::chrono::seconds>(now);
  OauthToken token;
  token.value =
      base::Secret(base64url(fmt::format("https://{}/?{}", request.headers["host"], canonical_query(request.query))));
  token.expires_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>((signed_at + kLifetime).time_since_epoch()).count();
  token.principal = keys.access_key_id;
  return token;
}

}  // namespace weir::kafka
