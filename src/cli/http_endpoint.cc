#include "cli/http_endpoint.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include <httplib.h>

#include "base/parse.h"
#include "cli/status_page.h"

namespace weir::cli {
namespace {

constexpr int kThreads = 8;
constexpr int kTimeoutSeconds = 2;  // for a slow client: others wait for its thread
constexpr const char* kText = "text/plain; charset=utf-8";
// With a charset the library does not compress it: its best brotli takes seconds for the status of thousands of groups.
constexpr const char* kJson = "application/json; charset=utf-8";

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

void serve_page(httplib::Response& answer) {
  const StatusPage page = status_page();
  answer.set_header("Content-Security-Policy", std::string(page.content_security_policy));
  answer.set_header("Referrer-Policy", "no-referrer");
  answer.set_header("Cache-Control", "no-cache");
  answer.set_content_provider(page.html.size(), "text/html; charset=utf-8",
                              [html = page.html](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                return sink.write(html.data() + offset, length);
                              });
}

void add_routes(httplib::Server& server, const HttpHandlers& handlers) {
  using httplib::Request;
  using httplib::Response;
  server.set_default_headers({{"X-Content-Type-Options", "nosniff"}});
  server.Get("/", [&handlers](const Request&, Response& answer) {
    if (handlers.page) return serve_page(answer);
    answer.status = 404;
    answer.set_content("The status page is off: --status-page serves it here. /status has the same as JSON.\n", kText);
  });
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
    const auto indent = base::parse_bool(request.get_param_value("indent"));
    answer.set_content(handlers.status({.partitions = partitions.value_or(false), .indented = indent.value_or(true)}),
                       kJson);
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
