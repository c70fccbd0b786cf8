#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

#include "support/tcp_server.h"

namespace weir::test {

// AWS STS as far as AssumeRoleWithWebIdentity goes, over HTTP, or HTTPS with a certificate. Thread-safe.
class StsServer {
 public:
  explicit StsServer(std::optional<Certificate> certificate = std::nullopt);

  std::string url() const;
  int granted() const;
  // The form of the last request.
  std::string last_form() const;

  // How long the keys are good that are granted from now on. Their ids are KEY1, KEY2, ...
  void set_lifetime(std::chrono::seconds lifetime);
  // Answers from now on with this status and body; 0 grants again.
  void answer_with(int status, std::string body);

 private:
  void serve(Stream& stream);
  std::string answer();

  const bool tls_;
  mutable std::mutex mutex_;
  int granted_ = 0;
  std::string last_form_;
  std::chrono::seconds lifetime_{3600};
  int status_ = 0;
  std::string body_;
  TcpServer server_;
};

}  // namespace weir::test
