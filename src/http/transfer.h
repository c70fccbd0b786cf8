#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "http/client.h"

namespace weir::http {

struct EasyCleanup {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyCleanup>;

// One request on one handle, and what came back. Outlives the handle's curl_easy_perform; holds references to all
// arguments.
class Transfer {
 public:
  Transfer(CURL* easy, const Request& request, const TlsOptions& tls);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Once, after curl_easy_perform.
  Response finish();
  bool too_long() const { return too_long_; }
  bool ended_by_reader() const { return ended_by_reader_; }

 private:
  struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  void set_tls(const TlsOptions& tls) const;
  void set_request();
  void set_callbacks();
  int status() const;
  bool take(std::string_view bytes);
  void take_header(std::string_view line);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

  CURL* easy_;
  const Request& request_;
  std::unique_ptr<curl_slist, ListCleanup> headers_;
  Response response_;
  bool too_long_ = false;
  bool ended_by_reader_ = false;
};

}  // namespace weir::http
