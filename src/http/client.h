#pragma once

#include <chrono>
#include <map>
#include <string>

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
  std::chrono::milliseconds timeout{5000};
  std::size_t max_body_bytes = 1 << 20;
};

struct Response {
  int status = 0;
  std::string body;
};

struct TlsOptions {
  std::string ca_pem;  // empty: the system's
  bool verify = true;
};

// HTTP over libcurl. Blocks; thread-safe, a call at a time a thread. Redirects are not followed.
class Client {
 public:
  explicit Client(TlsOptions tls = {});

  // Any status is a Response. kUnavailable when no answer came, naming the URL without its query.
  base::Result<Response> send(const Request& request) const;

 private:
  TlsOptions tls_;
};

}  // namespace weir::http
