#include "support/sts_server.h"

#include <utility>

#include <fmt/chrono.h>

namespace weir::test {
namespace {

std::string utc(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string http(int status, const std::string& body) {
  return fmt::format("HTTP/1.1 {} -\r\nContent-Type: text/xml\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                     status, body.size(), body);
}

}  // namespace

StsServer::StsServer(std::optional<Certificate> certificate)
    : tls_(certificate.has_value()), server_([this](Stream& stream) { serve(stream); }, std::move(certificate)) {}

std::string StsServer::url() const {
  return fmt::format("{}://{}", tls_ ? "https" : "http", server_.address());
}

int StsServer::granted() const {
  const std::scoped_lock lock(mutex_);
  return granted_;
}

std::string StsServer::last_form() const {
  const std::scoped_lock lock(mutex_);
  return last_form_;
}

void StsServer::set_lifetime(std::chrono::seconds lifetime) {
  const std::scoped_lock lock(mutex_);
  lifetime_ = lifetime;
}

void StsServer::answer_with(int status, std::string body) {
  const std::scoped_lock lock(mutex_);
  status_ = status;
  body_ = std::move(body);
}

void StsServer::serve(Stream& stream) {
  constexpr std::string_view kLength = "Content-Length: ";
  const auto head = stream.read_until("\r\n\r\n");
  if (!head) return;
  const auto length = head->find(kLength);
  if (length == std::string::npos) return;
  const auto form = stream.read_exactly(std::stoul(head->substr(length + kLength.size())));
  if (!form) return;
  std::string answered;
  {
    const std::scoped_lock lock(mutex_);
    last_form_ = *form;
    answered = status_ == 0 ? http(200, answer()) : http(status_, body_);
  }
  stream.write(answered);
}

std::string StsServer::answer() {
  const int number = ++granted_;
  return fmt::format(
      R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Credentials>
      <AccessKeyId>KEY{0}</AccessKeyId>
      <SecretAccessKey>secret/of+{0}</SecretAccessKey>
      <SessionToken>session/of+{0}==</SessionToken>
      <Expiration>{1}</Expiration>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>
)",
      number, utc(std::chrono::system_clock::now() + lifetime_));
}

}  // namespace weir::test
