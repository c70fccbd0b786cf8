#include "http/transfer.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/parse.h"

namespace weir::http {
namespace {

void set_blob(CURL* easy, CURLoption option, const std::string& pem) {
  curl_blob blob{};
  blob.data = const_cast<char*>(pem.data());  // copied, as the flag says
  blob.len = pem.size();
  blob.flags = CURL_BLOB_COPY;
  curl_easy_setopt(easy, option, &blob);
}

}  // namespace

Transfer::Transfer(CURL* easy, const Request& request, const TlsOptions& tls) : easy_(easy), request_(request) {
  set_tls(tls);
  set_request();
  set_callbacks();
}

void Transfer::set_tls(const TlsOptions& tls) const {
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (!tls.ca_pem.empty()) set_blob(easy_, CURLOPT_CAINFO_BLOB, tls.ca_pem);
  if (tls.certificate_pem.empty()) return;
  set_blob(easy_, CURLOPT_SSLCERT_BLOB, tls.certificate_pem);
  set_blob(easy_, CURLOPT_SSLKEY_BLOB, tls.key_pem.reveal());
}

void Transfer::set_request() {
  curl_easy_setopt(easy_, CURLOPT_URL, request_.url.c_str());
  curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  // One connection a call, whose end tells a stream's end.
  curl_easy_setopt(easy_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout.count()));
  if (request_.most_silence.count() > 0) {
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.most_silence.count()));
  }
  if (!request_.body.empty() || request_.method == "POST") {
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  if (request_.method == "HEAD") curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.user.empty()) return;
  curl_easy_setopt(easy_, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy_, CURLOPT_USERNAME, request_.user.c_str());
  curl_easy_setopt(easy_, CURLOPT_PASSWORD, request_.password.reveal().c_str());
}

void Transfer::set_callbacks() {
  const auto append = [this](const std::string& line) {
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
  };
  for (const auto& [name, value] : request_.headers)
    append(fmt::format("{}: {}", name, value));
  if (!request_.bearer_token.empty()) append("Authorization: Bearer " + request_.bearer_token.reveal());
  // libcurl would wait for `100 Continue` before it sends a longer body.
  append("Expect:");
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
  if (!request_.stop.stop_possible()) return;
  curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, this);
}

int Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Response Transfer::finish() {
  response_.status = status();
  return std::move(response_);
}

bool Transfer::take(std::string_view bytes) {
  if (request_.on_body && status() == 200) {
    ended_by_reader_ = !request_.on_body(bytes);
    return !ended_by_reader_;
  }
  too_long_ = response_.body.size() + bytes.size() > request_.max_body_bytes;
  if (!too_long_) response_.body.append(bytes);
  return !too_long_;
}

void Transfer::take_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](unsigned char letter) { return std::tolower(letter); });
  response_.headers[std::move(name)] = std::string(base::trim(line.substr(colon + 1)));
}

std::size_t Transfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->take({data, size * count}) ? size * count : 0;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<Transfer*>(self)->take_header({data, size * count});
  return size * count;
}

int Transfer::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(self)->request_.stop.stop_requested() ? 1 : 0;
}

}  // namespace weir::http
