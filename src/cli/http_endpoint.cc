#include "cli/http_endpoint.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include <httplib.h>

#include "base/parse.h"

namespace weir::cli {
namespace {

constexpr int kThreads = 8;
constexpr int kTimeoutSeconds = 2;  // for a slow client: others wait for its thread
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kJson = "application/json";

// The library's default lets two processes share a port, which would hide that it is in use.
void reuse_address_only(int socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

struct Address {
  std::string host;
  int port = 0;
};

std::optional<Address> parse_address(const std::string& listen) {
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto port = base::parse_int(listen.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return std::nullopt;
  std::string host = listen.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "0.0.0.0";
  return Address{host, static_cast<int>(*port)};
}

void add_routes(httplib::Server& server, const HttpHandlers& handlers) {
  using httplib::Request;
  using httplib::Response;
  server.Get("/healthz", [](const Request&, Response& answer) { answer.set_content("ok\n", kText); });
  server.Get("/readyz", [&handlers](const Request&, Response& answer) {
    const auto reason = handlers.unready();
    answer.status = reason ? 503 : 200;
    answer.set_content(reason ? *reason + "\n" : "ok\n", kText);
  });
  server.Get("/metrics", [&handlers](const Request&, Response& answer) {
    answer.set_content(handlers.metrics(), "text/plain; version=0.0.4; charset=utf-8");
  });
  server.Get("/status", [&handlers](const Request& request, Response& answer) {
    const auto partitions = base::parse_bool(request.get_param_value("partitions"));
    answer.set_content(handlers.status(partitions.value_or(false)), kJson);
  });
  server.Get(R"(/status/([^/]+)/([^/]+))", [&handlers](const Request& request, Response& answer) {
    const auto text = handlers.status_of(request.matches[1], request.matches[2]);
    answer.status = text ? 200 : 404;
    answer.set_content(text.value_or(R"({"error": "nobody has asked for this ScaledObject lately"})"), kJson);
  });
}

}  // namespace

struct HttpEndpoint::Impl {
  HttpHandlers handlers;
  httplib::Server server;
  int port = 0;
  std::atomic<bool> ended{false};
  std::jthread thread;
};

base::Result<std::unique_ptr<HttpEndpoint>> HttpEndpoint::start(const std::string& listen, HttpHandlers handlers) {
  const auto address = parse_address(listen);
  if (!address)
    return base::fail(base::ErrorCode::kInvalidArgument,
                      "--http-listen \"{}\": must be HOST:PORT, such as 0.0.0.0:8080", listen);
  auto impl = std::make_unique<Impl>();
  impl->handlers = std::move(handlers);
  httplib::Server& server = impl->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(reuse_address_only);
  server.set_keep_alive_max_count(1);  // an idle connection would hold one of the few threads
  server.set_read_timeout(kTimeoutSeconds);
  server.set_write_timeout(kTimeoutSeconds);
  server.set_payload_max_length(0);
  add_routes(server, impl->handlers);
  errno = 0;
  impl->port = address->port;
  const bool bound = address->port != 0 ? server.bind_to_port(address->host, address->port)
                                        : (impl->port = server.bind_to_any_port(address->host)) > 0;
  if (!bound)
    return base::fail(base::ErrorCode::kInvalidArgument, "--http-listen {}: {}; give another address or port", listen,
                      errno != 0 ? std::strerror(errno) : "not an address of this machine");
  impl->thread = std::jthread([raw = impl.get()] {
    raw->server.listen_after_bind();
    raw->ended = true;
  });
  return std::unique_ptr<HttpEndpoint>(new HttpEndpoint(std::move(impl)));
}

HttpEndpoint::HttpEndpoint(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpEndpoint::~HttpEndpoint() {
  // A stop() before the loop runs would be lost.
  while (!impl_->server.is_running() && !impl_->ended)
    std::this_thread::yield();
  impl_->server.stop();
}

int HttpEndpoint::port() const {
  return impl_->port;
}

}  // namespace weir::cli
