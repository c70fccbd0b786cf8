#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace weir::http {

struct Request {
  std::string method = "GET";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  // HTTP basic authentication; used when the user is set.
  std::string user;
  base::Secret password;
  // Sent as `Authorization: Bearer ...`; empty: none.
  base::Secret bearer_token;
  std::chrono::milliseconds timeout{5000};
  // Of the body of a response that is not streamed.
  std::size_t max_body_bytes = 1 << 20;

  // Where set, the body of a response of status 200 goes here as it comes, and not into Response::body. Answering false
  // ends the call without an error.
  std::function<bool(std::string_view bytes)> on_body = {};
  // A streamed response that brings nothing for so long has failed. 0: no such limit.
  std::chrono::seconds most_silence{0};
  // Ends the call within about a second, with kUnavailable.
  std::stop_token stop = {};
};

struct Response {
  int status = 0;
  std::string body;
  // By lower-case name; of several, the last.
  std::map<std::string, std::string> headers = {};
};

struct TlsOptions {
  std::string ca_pem;  // empty: the system's
  bool verify = true;
  // A client certificate and its key; both or neither.
  std::string certificate_pem = {};
  base::Secret key_pem = {};
};

// HTTP/1.1 over libcurl. Calls block; thread-safe. Redirects are not followed. Connections are kept and used again by
// later calls, also of other threads; copies share them.
class Client {
 public:
  explicit Client(TlsOptions tls = {});

  // Any status is a Response. kUnavailable when no answer came, naming the URL without its query.
  base::Result<Response> send(const Request& request) const;

 private:
  struct Handles;
  std::shared_ptr<Handles> handles_;
};

}  // namespace weir::http
