#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace weir::test {

// An OAuth 2 token endpoint on a free port of 127.0.0.1 that grants unsigned JWTs to one client. Thread-safe.
class TokenServer {
 public:
  TokenServer(std::string client_id, std::string client_secret);
  ~TokenServer();
  TokenServer(const TokenServer&) = delete;
  TokenServer& operator=(const TokenServer&) = delete;

  std::string url() const;
  int granted() const;
  std::string last_scope() const;

  void set_lifetime(std::chrono::seconds lifetime);
  void answer_after(std::chrono::milliseconds delay);
  void refuse_basic_authentication();
  // From now on, whatever it says of itself.
  void refuse_the_client();
  // Tokens that say of themselves that they ended an hour ago, although the answer gives them a lifetime.
  void grant_expired_tokens();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::test
