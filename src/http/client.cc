#include "http/client.h"

#include <array>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include <curl/curl.h>

namespace weir::http {
namespace {

using base::ErrorCode;

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct ListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;
using List = std::unique_ptr<curl_slist, ListCleanup>;

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

struct Body {
  std::string text;
  std::size_t most;
  bool too_long;
};

std::size_t append_body(char* data, std::size_t size, std::size_t count, void* target) {
  auto& body = *static_cast<Body*>(target);
  const std::size_t length = size * count;
  if (body.text.size() + length > body.most) {
    body.too_long = true;
    return 0;
  }
  body.text.append(data, length);
  return length;
}

std::string_view without_query(std::string_view url) {
  return url.substr(0, url.find_first_of("?#"));
}

void set_tls(CURL* easy, const TlsOptions& tls) {
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (tls.ca_pem.empty()) return;
  curl_blob blob{};
  blob.data = const_cast<char*>(tls.ca_pem.data());  // copied, as the flag says
  blob.len = tls.ca_pem.size();
  blob.flags = CURL_BLOB_COPY;
  curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
}

List header_list(const Request& request) {
  List list;
  for (const auto& [name, value] : request.headers)
    list.reset(curl_slist_append(list.release(), fmt::format("{}: {}", name, value).c_str()));
  // libcurl would wait for `100 Continue` before it sends a longer body.
  list.reset(curl_slist_append(list.release(), "Expect:"));
  return list;
}

void set_request(CURL* easy, const Request& request) {
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  if (!request.body.empty() || request.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (request.method == "HEAD") curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.user.empty()) return;
  curl_easy_setopt(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_USERNAME, request.user.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, request.password.reveal().c_str());
}

}  // namespace

Client::Client(TlsOptions tls) : tls_(std::move(tls)) {
  initialise_curl();
}

base::Result<Response> Client::send(const Request& request) const {
  const Easy easy(curl_easy_init());
  if (!easy) return base::fail(ErrorCode::kInternal, "libcurl cannot make a handle");
  set_tls(easy.get(), tls_);
  set_request(easy.get(), request);
  const auto headers = header_list(request);
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  Body body{{}, request.max_body_bytes, false};
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, append_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  std::array<char, CURL_ERROR_SIZE> reason{};
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, reason.data());

  const CURLcode code = curl_easy_perform(easy.get());
  if (body.too_long)
    return base::fail(ErrorCode::kUnavailable, "{} sent more than {} bytes", without_query(request.url),
                      request.max_body_bytes);
  if (code != CURLE_OK)
    return base::fail(ErrorCode::kUnavailable, "no answer from {}: {}", without_query(request.url),
                      reason[0] != '\0' ? reason.data() : curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  return Response{static_cast<int>(status), std::move(body.text)};
}

}  // namespace weir::http
