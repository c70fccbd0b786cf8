#include <algorithm>
#include <string>

#include "fuzz/targets.h"
#include "kafka/aws_web_identity.h"
#include "kafka/oauth_token_client.h"
#include "kafka/wire/sasl.h"

namespace weir::test {
namespace {

using kafka::SaslMechanism;

constexpr char kBetweenMessages = '\n';

Bytes to_bytes(std::string_view text) {
  return {text.begin(), text.end()};
}

std::string_view to_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes scram(Random& random) {
  const std::string extra(random.up_to(30), 'x');
  const std::string salt(4 * random.up_to(8), 'A');
  return to_bytes("r=nonce" + extra + ",s=" + salt + ",i=" + std::to_string(1 + random.up_to(50)) + kBetweenMessages +
                  "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

// Whether the client goes on after the broker's first message: the second one is never right.
bool decode_scram(std::span<const std::uint8_t> message) {
  const auto text = to_text(message);
  const auto end = std::min(text.find(kBetweenMessages), text.size());
  const auto client = kafka::wire::make_scram(SaslMechanism::kScramSha256, "user", base::Secret("pencil"), "nonce");
  if (!client->next_message(text.substr(0, end))) return false;
  static_cast<void>(client->next_message(text.substr(std::min(end + 1, text.size()))));
  return true;
}

Bytes oauth_bearer(Random& random) {
  return random.one_in(2) ? Bytes() : to_bytes("{\"status\":\"invalid_token\"}");
}

bool decode_oauth_bearer(std::span<const std::uint8_t> message) {
  static_cast<void>(kafka::wire::make_oauth_bearer(base::Secret("token"), {})->next_message(to_text(message)));
  return true;
}

Bytes token_response(Random& random) {
  return to_bytes("{\"access_token\":\"" + std::string(random.up_to(300), 't') + "\",\"expires_in\":" +
                  std::to_string(random.up_to(100'000)) + ",\"error\":\"no\",\"error_description\":\"\xC3\xA9\"}");
}

bool decode_token_response(std::span<const std::uint8_t> message) {
  const std::string body(to_text(message));
  for (const int status : {400, 500})
    static_cast<void>(kafka::parse_token_response("http://token", {status, body}, base::SystemTime()));
  return kafka::parse_token_response("http://token", {200, body}, base::SystemTime()).has_value();
}

Bytes sts_response(Random& random) {
  return to_bytes("<R><Code>No</Code><Message>why</Message><Credentials><AccessKeyId>" +
                  std::string(1 + random.up_to(30), 'K') +
                  "</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
                  "<Expiration>20" +
                  std::to_string(10 + random.up_to(89)) + "-08-30T12:36:00Z</Expiration></Credentials></R>");
}

bool decode_sts_response(std::span<const std::uint8_t> message) {
  const std::string body(to_text(message));
  for (const int status : {403, 500})
    static_cast<void>(kafka::parse_sts_response("https://sts", "arn", {status, body}));
  return kafka::parse_sts_response("https://sts", "arn", {200, body}).has_value();
}

}  // namespace

std::vector<FuzzTarget> text_targets() {
  return {
      {"SCRAM", scram, decode_scram},
      {"OAUTHBEARER", oauth_bearer, decode_oauth_bearer},
      {"a token endpoint's answer", token_response, decode_token_response, 200},
      {"AWS STS's answer", sts_response, decode_sts_response},
  };
}

}  // namespace weir::test
