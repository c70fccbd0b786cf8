#include <array>
#include <charconv>
#include <vector>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/parse.h"
#include "kafka/wire/sasl.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;

// Kafka's default is 4096 and its most 16384. A broker that asks for more than this would keep this thread busy beyond
// the call's deadline.
constexpr std::int64_t kMostIterations = 100'000;
constexpr std::size_t kMostChallengeBytes = 4096;
constexpr std::string_view kHeader = "n,,";  // no channel binding
constexpr std::string_view kHeaderBase64 = "biws";

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(3 * (text.size() / 4) + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0 || text.size() % 4 != 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

// A name of RFC 5802, in which `,` and `=` have a meaning.
std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == ',') {
      text += "=2C";
    } else if (c == '=') {
      text += "=3D";
    } else {
      text += c;
    }
  }
  return text;
}

// The value of `letter=...` in a message of attributes between commas.
std::optional<std::string_view> attribute(std::string_view message, char letter) {
  while (!message.empty()) {
    const auto end = message.find(',');
    const auto part = message.substr(0, end);
    if (part.size() >= 2 && part[0] == letter && part[1] == '=') return part.substr(2);
    if (end == std::string_view::npos) break;
    message.remove_prefix(end + 1);
  }
  return std::nullopt;
}

class Scram final : public SaslClient {
 public:
  Scram(SaslMechanism mechanism, const std::string& username, const base::Secret& password, std::string nonce)
      : sha512_(mechanism == SaslMechanism::kScramSha512),
        password_(password),
        nonce_(std::move(nonce)),
        first_bare_("n=" + escaped(username) + ",r=" + nonce_) {}

  std::string_view mechanism() const override { return sha512_ ? "SCRAM-SHA-512" : "SCRAM-SHA-256"; }
  std::string first_message() override { return std::string(kHeader) + first_bare_; }

  base::Result<std::optional<std::string>> next_message(std::string_view from_broker) override {
    if (from_broker.size() > kMostChallengeBytes) return refused("the broker's message is too long");
    if (const auto error = attribute(from_broker, 'e')) return refused(*error);
    if (server_signature_.empty()) return final_message(from_broker);
    const auto signature = attribute(from_broker, 'v');
    if (!signature || from_base64(*signature) != server_signature_) return refused("the broker's proof is wrong");
    return std::nullopt;
  }

 private:
  static std::unexpected<base::Error> refused(std::string_view why) {
    return base::fail(ErrorCode::kUnauthenticated, "SCRAM failed: {}", why);
  }

  base::Result<std::optional<std::string>> final_message(std::string_view first) {
    const auto nonce = attribute(first, 'r');
    const auto salt_text = attribute(first, 's');
    const auto iterations_text = attribute(first, 'i');
    if (!nonce || !salt_text || !iterations_text || !nonce->starts_with(nonce_))
      return refused("the broker's challenge cannot be read");
    const auto salt = from_base64(*salt_text);
    const auto iterations = base::parse_int(*iterations_text);
    if (!salt || !iterations || *iterations < 1 || *iterations > kMostIterations)
      return refused("the broker's challenge is out of range");

    const std::string salted = salted_password(*salt, static_cast<int>(*iterations));
    const std::string client_key = hmac(salted, "Client Key");
    const std::string without_proof = fmt::format("c={},r={}", kHeaderBase64, *nonce);
    const std::string signed_text = fmt::format("{},{},{}", first_bare_, first, without_proof);
    std::string proof = hmac(hash(client_key), signed_text);
    for (std::size_t i = 0; i < proof.size(); ++i)
      proof[i] = static_cast<char>(proof[i] ^ client_key[i]);
    server_signature_ = hmac(hmac(salted, "Server Key"), signed_text);
    return fmt::format("{},p={}", without_proof, base64(proof));
  }

  const EVP_MD* digest() const { return sha512_ ? EVP_sha512() : EVP_sha256(); }

  std::string salted_password(const std::string& salt, int iterations) const {
    std::string key(static_cast<std::size_t>(EVP_MD_get_size(digest())), '\0');
    const std::string& password = password_.reveal();
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), iterations,
                      digest(), static_cast<int>(key.size()), reinterpret_cast<unsigned char*>(key.data()));
    return key;
  }

  std::string hmac(std::string_view key, std::string_view text) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    HMAC(digest(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), out.data(), &size);
    return {reinterpret_cast<const char*>(out.data()), size};
  }

  std::string hash(std::string_view text) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), out.data(), &size, digest(), nullptr);
    return {reinterpret_cast<const char*>(out.data()), size};
  }

  const bool sha512_;
  const base::Secret password_;
  const std::string nonce_;
  const std::string first_bare_;
  std::string server_signature_;  // what the broker must prove; empty before the final message
};

std::string random_nonce() {
  std::array<unsigned char, 24> bytes{};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  return base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::unique_ptr<SaslClient> make_scram(SaslMechanism mechanism, const std::string& username,
                                       const base::Secret& password) {
  return make_scram(mechanism, username, password, random_nonce());
}

std::unique_ptr<SaslClient> make_scram(SaslMechanism mechanism, const std::string& username,
                                       const base::Secret& password, std::string nonce) {
  return std::make_unique<Scram>(mechanism, username, password, std::move(nonce));
}

}  // namespace weir::kafka::wire
