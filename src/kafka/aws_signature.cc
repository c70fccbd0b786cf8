#include "kafka/aws_signature.h"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/chrono.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/parse.h"
#include "kafka/percent_encoding.h"

namespace weir::kafka {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes)
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  return text;
}

std::string sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), out.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), out.data(), &size);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string date_of(const AwsScope& scope) {
  return scope.timestamp().substr(0, 8);
}

std::string canonical_request(const AwsRequest& request) {
  std::string headers;
  std::string names;
  for (const auto& [name, value] : request.headers) {
    headers += fmt::format("{}:{}\n", name, base::trim(value));
    names += fmt::format("{}{}", names.empty() ? "" : ";", name);
  }
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path, canonical_query(request.query), headers,
                     names, hex(sha256(request.payload)));
}

std::string signing_key(const AwsScope& scope, const AwsKeys& keys) {
  const auto of_date = hmac("AWS4" + keys.secret_access_key.reveal(), date_of(scope));
  return hmac(hmac(hmac(of_date, scope.region), scope.service), "aws4_request");
}

}  // namespace

std::string AwsScope::timestamp() const {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)));
}

std::string AwsScope::text() const {
  return fmt::format("{}/{}/{}/aws4_request", date_of(*this), region, service);
}

std::string canonical_query(const std::vector<std::pair<std::string, std::string>>& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(query.size());
  for (const auto& [name, value] : query)
    encoded.emplace_back(percent_encoded(name), percent_encoded(value));
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

std::string aws_signature(const AwsRequest& request, const AwsScope& scope, const AwsKeys& keys) {
  const auto to_sign = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, scope.timestamp(), scope.text(),
                                   hex(sha256(canonical_request(request))));
  return hex(hmac(signing_key(scope, keys), to_sign));
}

}  // namespace weir::kafka
