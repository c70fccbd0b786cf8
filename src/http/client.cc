#include "http/client.h"

#include <array>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include <curl/curl.h>

#include "http/transfer.h"

namespace weir::http {
namespace {

using base::ErrorCode;

// Connections beyond these are closed after use: a burst of calls must not hold sockets for good.
constexpr std::size_t kMostIdleHandles = 16;

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::string_view without_query(std::string_view url) {
  return url.substr(0, url.find_first_of("?#"));
}

}  // namespace

// libcurl keeps a handle's connections open, for the next call that takes the handle.
struct Client::Handles {
  explicit Handles(TlsOptions options) : tls(std::move(options)) {}

  Easy take() {
    const std::scoped_lock lock(mutex);
    if (idle.empty()) return Easy(curl_easy_init());
    Easy easy = std::move(idle.back());
    idle.pop_back();
    return easy;
  }
  void give_back(Easy easy) {
    curl_easy_reset(easy.get());
    const std::scoped_lock lock(mutex);
    if (idle.size() < kMostIdleHandles) idle.push_back(std::move(easy));
  }

  const TlsOptions tls;
  std::mutex mutex;
  std::vector<Easy> idle;
};

Client::Client(TlsOptions tls) {
  initialise_curl();
  handles_ = std::make_shared<Handles>(std::move(tls));
}

base::Result<Response> Client::send(const Request& request) const {
  std::array<char, CURL_ERROR_SIZE> reason{};
  Easy easy = handles_->take();
  if (!easy) return base::fail(ErrorCode::kInternal, "libcurl cannot make a handle");
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, reason.data());
  Transfer transfer(easy.get(), request, handles_->tls);
  const CURLcode code = curl_easy_perform(easy.get());
  auto response = transfer.finish();
  // A call that was cut off leaves its connection in the middle of an answer.
  if (code == CURLE_OK) handles_->give_back(std::move(easy));

  if (transfer.too_long())
    return base::fail(ErrorCode::kUnavailable, "{} sent more than {} bytes", without_query(request.url),
                      request.max_body_bytes);
  if (code != CURLE_OK && !transfer.ended_by_reader())
    return base::fail(ErrorCode::kUnavailable, "no answer from {}: {}", without_query(request.url),
                      reason[0] != '\0' ? reason.data() : curl_easy_strerror(code));
  return response;
}

}  // namespace weir::http
