#include "kafka/wire/sasl.h"

namespace weir::kafka::wire {
namespace {

// Mechanisms that say everything in their first message.
class OneMessage final : public SaslClient {
 public:
  OneMessage(std::string_view mechanism, std::string message) : mechanism_(mechanism), message_(std::move(message)) {}

  std::string_view mechanism() const override { return mechanism_; }
  std::string first_message() override { return message_.reveal(); }

  // Kafka answers OAUTHBEARER's failure with a JSON object, and success with nothing.
  base::Result<std::optional<std::string>> next_message(std::string_view from_broker) override {
    if (from_broker.empty()) return std::nullopt;
    return base::fail(base::ErrorCode::kUnauthenticated, "{} failed: {}", mechanism_, from_broker.substr(0, 200));
  }

 private:
  const std::string_view mechanism_;
  const base::Secret message_;
};

}  // namespace

std::unique_ptr<SaslClient> make_plain(const std::string& username, const base::Secret& password) {
  std::string message(1, '\0');
  message.append(username).append(1, '\0').append(password.reveal());
  return std::make_unique<OneMessage>("PLAIN", std::move(message));
}

std::unique_ptr<SaslClient> make_oauth_bearer(const base::Secret& token,
                                              const std::vector<std::pair<std::string, std::string>>& extensions) {
  constexpr char kSeparator = '\x01';
  std::string message = "n,,";
  message.append(1, kSeparator).append("auth=Bearer ").append(token.reveal());
  for (const auto& [name, value] : extensions)
    message.append(1, kSeparator).append(name).append("=").append(value);
  message.append(2, kSeparator);
  return std::make_unique<OneMessage>("OAUTHBEARER", std::move(message));
}

}  // namespace weir::kafka::wire
