#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"

namespace weir::cli {

// What a request for /status asks for.
struct StatusQuery {
  bool partitions = false;
  bool indented = true;  // for people
};

// What the endpoint serves. Called on its threads, several at once; must not block.
struct HttpHandlers {
  std::function<std::string()> metrics;                   // Prometheus text
  std::function<std::optional<std::string>()> unready;    // why not ready; none: ready
  std::function<std::string(const StatusQuery&)> status;  // JSON
  std::function<std::optional<std::string>(const std::string& ns, const std::string& name)> status_of;
  bool page = false;  // the status page, on /
};

// /metrics, /healthz, /readyz, /status, /status/NAMESPACE/NAME and the status page over plain HTTP, on a few threads.
// Liveness never follows Kafka: /healthz answers 200 while the process lives.
class HttpEndpoint {
 public:
  // kInvalidArgument names --http-listen and why it cannot be listened on.
  static base::Result<std::unique_ptr<HttpEndpoint>> start(const std::string& listen, HttpHandlers handlers);
  ~HttpEndpoint();  // stops

  int port() const;  // as bound, for listen with port 0

 private:
  struct Impl;
  explicit HttpEndpoint(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::cli
