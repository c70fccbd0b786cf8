#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/client.h"
#include "kube/api_error.h"
#include "kube/client_config.h"
#include "kube/rate_limiter.h"
#include "kube/resource.h"
#include "kube/token_source.h"
#include "telemetry/metrics.h"

namespace weir::kube {

struct ClientOptions {
  double qps = 20;
  int burst = 30;
  std::chrono::milliseconds timeout{30'000};  // of a call that is not a watch
  std::string user_agent = "weir";
};

// One page of a list.
struct Page {
  std::vector<Json> items;
  std::string resource_version;
  std::string next;  // empty: this was the last
};

struct WatchOptions {
  std::string resource_version;
  std::string labels = {};            // a label selector; empty: all
  std::string fields = {};            // a field selector, such as metadata.name=orders
  std::chrono::seconds timeout{300};  // after which the server ends the watch
};

// A client of the API server for JSON objects over HTTP/1.1. Calls block, first for their turn (qps, burst), and count
// in weir_kube_requests_total. Thread-safe. An answer of 429 holds up all calls for as long as it asks.
class Client {
 public:
  Client(const ClientConfig& config, ClientOptions options, const base::Clock& clock, telemetry::Registry& registry);

  ApiResult<Json> get(const Resource& resource, const ObjectKey& key, std::string_view subresource = "");
  ApiResult<Json> create(const Resource& resource, const Json& object);
  // PUT; refused when the object's resourceVersion is no longer current.
  ApiResult<Json> update(const Resource& resource, const Json& object, std::string_view subresource = "");
  ApiResult<Json> merge_patch(const Resource& resource, const ObjectKey& key, const Json& patch,
                              std::string_view subresource = "");
  // Server-side apply as `manager`, which takes the fields it names from whoever has them.
  ApiResult<Json> apply(const Resource& resource, const Json& object, std::string_view manager,
                        std::string_view subresource = "");
  // Only the object of that uid.
  ApiResult<void> remove(const Resource& resource, const ObjectKey& key, const std::string& uid);

  // `ns` empty: of all namespaces. `next` as the page before told. `labels` and `fields` are selectors; empty: all.
  ApiResult<Page> list(const Resource& resource, const std::string& ns, std::size_t limit, const std::string& next = "",
                       const std::string& labels = "", const std::string& fields = "");

  // Calls `each` with every event, {type, object}, until it answers false, the server ends the watch or `stop`.
  ApiResult<void> watch(const Resource& resource, const std::string& ns, const WatchOptions& options,
                        const std::function<bool(Json event)>& each, const std::stop_token& stop);

  // Whether the server serves the resource at all; errors are errors, not "no".
  ApiResult<bool> serves(const Resource& resource);
  // The server's version as major * 1000 + minor: 1035.
  ApiResult<int> server_version();

  // Ends what waits or runs, and refuses all that comes after.
  void interrupt() { interrupted_.request_stop(); }

 private:
  struct Call {
    std::string method = {}, path = {}, query = {}, body = {};
    std::string content_type = "application/json";
    bool streams = false;
  };

  http::Request request_of(const Call& call);
  ApiResult<http::Response> send(const Call& call, http::Request request, const std::stop_token& stop);
  ApiResult<Json> send_json(const Call& call);
  void count(const Call& call, int status);

  const std::string server_;
  const ClientOptions options_;
  const base::Clock& clock_;
  telemetry::Registry& registry_;
  http::Client http_;
  TokenSource tokens_;
  RateLimiter limiter_;
  std::stop_source interrupted_;
};

}  // namespace weir::kube
