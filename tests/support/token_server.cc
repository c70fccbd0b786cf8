#include "support/token_server.h"

#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <httplib.h>

namespace weir::test {
namespace {

// base64url without padding, as JWTs have it.
std::string base64url(const std::string& text) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string encoded;
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    bits = (bits << 8) | static_cast<unsigned char>(letter);
    for (count += 8; count >= 6; count -= 6)
      encoded += kLetters[(bits >> (count - 6)) & 63U];
  }
  if (count > 0) encoded += kLetters[(bits << (6 - count)) & 63U];
  return encoded;
}

std::int64_t seconds_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string form_encoded(const std::string& text) {
  return httplib::detail::encode_query_param(text);
}

}  // namespace

struct TokenServer::Impl {
  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    std::this_thread::sleep_for(delay);
    const auto basic = httplib::make_basic_authentication_header(encoded_id, encoded_secret).second;
    const bool by_header = !refuse_basic && request.get_header_value("Authorization") == basic;
    const bool by_body =
        request.get_param_value("client_id") == id && request.get_param_value("client_secret") == secret;
    if (refuse || request.get_param_value("grant_type") != "client_credentials" || (!by_header && !by_body)) {
      response.status = 401;
      response.set_content(R"({"error":"invalid_client","error_description":"no such client"})", "application/json");
      return;
    }
    scope = request.get_param_value("scope");
    ++granted;
    const auto now = seconds_now();
    const auto from = expired ? now - 7200 : now - 1;
    const auto to = expired ? now - 3600 : now + lifetime.count();
    const auto token = base64url(R"({"alg":"none"})") + "." +
                       base64url(fmt::format(R"({{"sub":"{}","iat":{},"exp":{}}})", id, from, to)) + ".";
    response.set_content(
        fmt::format(R"({{"access_token":"{}","token_type":"Bearer","expires_in":{}}})", token, lifetime.count()),
        "application/json");
  }

  std::string id, secret, encoded_id, encoded_secret;
  httplib::Server server;
  int port = 0;
  std::mutex mutex;
  bool refuse = false, refuse_basic = false, expired = false;
  std::chrono::seconds lifetime{3600};
  std::chrono::milliseconds delay{0};
  std::string scope;
  int granted = 0;
  std::jthread thread;
};

TokenServer::TokenServer(std::string client_id, std::string client_secret) : impl_(std::make_unique<Impl>()) {
  impl_->encoded_id = form_encoded(client_id);
  impl_->encoded_secret = form_encoded(client_secret);
  impl_->id = std::move(client_id);
  impl_->secret = std::move(client_secret);
  impl_->server.Post("/token", [this](const auto& request, auto& response) { impl_->answer(request, response); });
  impl_->port = impl_->server.bind_to_any_port("127.0.0.1");
  impl_->thread = std::jthread([this] { impl_->server.listen_after_bind(); });
  while (!impl_->server.is_running())
    std::this_thread::yield();
}

TokenServer::~TokenServer() {
  impl_->server.stop();
}

std::string TokenServer::url() const {
  return fmt::format("http://127.0.0.1:{}/token", impl_->port);
}

int TokenServer::granted() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->granted;
}

std::string TokenServer::last_scope() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->scope;
}

void TokenServer::set_lifetime(std::chrono::seconds lifetime) {
  const std::lock_guard lock(impl_->mutex);
  impl_->lifetime = lifetime;
}

void TokenServer::answer_after(std::chrono::milliseconds delay) {
  const std::lock_guard lock(impl_->mutex);
  impl_->delay = delay;
}

void TokenServer::refuse_basic_authentication() {
  const std::lock_guard lock(impl_->mutex);
  impl_->refuse_basic = true;
}

void TokenServer::refuse_the_client() {
  const std::lock_guard lock(impl_->mutex);
  impl_->refuse = true;
}

void TokenServer::grant_expired_tokens() {
  const std::lock_guard lock(impl_->mutex);
  impl_->expired = true;
}

}  // namespace weir::test
