#include "kube/client.h"

#include <fmt/format.h>

#include "base/parse.h"
#include "kube/watch_decoder.h"

namespace weir::kube {
namespace {

constexpr std::size_t kMostBody = 256 << 20;
// Bookmarks come once a minute or so.
constexpr std::chrono::seconds kMostSilence{150};
constexpr std::chrono::seconds kWatchGrace{30};
constexpr std::chrono::seconds kPauseWithoutRetryAfter{1};

std::string describe(std::string_view method, std::string_view path) {
  return fmt::format("{} {}", method, path);
}

std::string selecting(std::string_view labels, std::string_view fields) {
  std::string query;
  if (!labels.empty()) query += "&labelSelector=" + query_escaped(labels);
  if (!fields.empty()) query += "&fieldSelector=" + query_escaped(fields);
  return query;
}

ApiError error_of(const http::Response& response, std::string_view method, std::string_view path) {
  auto error = read_api_error(response.status, response.body, describe(method, path));
  if (const auto found = response.headers.find("retry-after"); found != response.headers.end())
    error.retry_after = std::chrono::seconds(base::parse_int(found->second).value_or(0));
  return error;
}

}  // namespace

Client::Client(const ClientConfig& config, ClientOptions options, const base::Clock& clock,
               telemetry::Registry& registry)
    : server_(config.server),
      options_(std::move(options)),
      clock_(clock),
      registry_(registry),
      http_(http::TlsOptions{.ca_pem = config.ca_pem,
                             .verify = config.verify,
                             .certificate_pem = config.certificate_pem,
                             .key_pem = config.key_pem}),
      tokens_(config.token, config.token_file, clock),
      limiter_(options_.qps, options_.burst) {}

ApiResult<Json> Client::get(const Resource& resource, const ObjectKey& key, std::string_view subresource) {
  return send_json({.method = "GET", .path = object_path(resource, key, subresource)});
}

ApiResult<Json> Client::create(const Resource& resource, const Json& object) {
  return send_json({.method = "POST", .path = collection_path(resource, key_of(object).ns), .body = object.dump()});
}

ApiResult<Json> Client::update(const Resource& resource, const Json& object, std::string_view subresource) {
  return send_json(
      {.method = "PUT", .path = object_path(resource, key_of(object), subresource), .body = object.dump()});
}

ApiResult<Json> Client::merge_patch(const Resource& resource, const ObjectKey& key, const Json& patch,
                                    std::string_view subresource) {
  return send_json({.method = "PATCH",
                    .path = object_path(resource, key, subresource),
                    .body = patch.dump(),
                    .content_type = "application/merge-patch+json"});
}

ApiResult<Json> Client::apply(const Resource& resource, const Json& object, std::string_view manager,
                              std::string_view subresource) {
  return send_json({.method = "PATCH",
                    .path = object_path(resource, key_of(object), subresource),
                    .query = fmt::format("fieldManager={}&force=true", query_escaped(manager)),
                    .body = object.dump(),
                    .content_type = "application/apply-patch+yaml"});
}

ApiResult<void> Client::remove(const Resource& resource, const ObjectKey& key, const std::string& uid) {
  const Json options{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", uid}}}};
  const auto answer = send_json({.method = "DELETE", .path = object_path(resource, key), .body = options.dump()});
  if (!answer) return std::unexpected(answer.error());
  return {};
}

ApiResult<Page> Client::list(const Resource& resource, const std::string& ns, std::size_t limit,
                             const std::string& next, const std::string& labels, const std::string& fields) {
  auto query = fmt::format("limit={}", limit) + selecting(labels, fields);
  if (!next.empty()) query += "&continue=" + query_escaped(next);
  auto answer = send_json({.method = "GET", .path = collection_path(resource, ns), .query = query});
  if (!answer) return std::unexpected(answer.error());
  Page page{.items = {},
            .resource_version = text_at(*answer, "/metadata/resourceVersion"),
            .next = text_at(*answer, "/metadata/continue")};
  if (auto items = answer->find("items"); items != answer->end() && items->is_array())
    page.items = std::move(*items).get_ref<Json::array_t&>();
  return page;
}

ApiResult<void> Client::watch(const Resource& resource, const std::string& ns, const WatchOptions& options,
                              const std::function<bool(Json event)>& each, const std::stop_token& stop) {
  const Call call{.method = "GET",
                  .path = collection_path(resource, ns),
                  .query = fmt::format("watch=true&allowWatchBookmarks=true&resourceVersion={}&timeoutSeconds={}",
                                       query_escaped(options.resource_version), options.timeout.count()) +
                           selecting(options.labels, options.fields),
                  .streams = true};
  WatchDecoder decoder(each);
  auto request = request_of(call);
  request.timeout = options.timeout + kWatchGrace;
  request.most_silence = kMostSilence;
  request.on_body = [&](std::string_view bytes) { return decoder.feed(bytes); };
  const auto answer = send(call, std::move(request), stop);
  if (!answer) return std::unexpected(answer.error());
  if (decoder.broken())
    return std::unexpected(
        ApiError{.status = 0, .message = describe("GET", call.path) + ": the watch sent what is no JSON"});
  return {};
}

ApiResult<bool> Client::serves(const Resource& resource) {
  const auto answer = send_json({.method = "GET", .path = api_path(resource)});
  if (!answer && answer.error().not_found()) return false;
  if (!answer) return std::unexpected(answer.error());
  for (const Json& served : at(*answer, "/resources"))
    if (text_at(served, "/name") == resource.plural) return true;
  return false;
}

ApiResult<int> Client::server_version() {
  const auto answer = send_json({.method = "GET", .path = "/version"});
  if (!answer) return std::unexpected(answer.error());
  // Some providers write a minor of "35+".
  const auto number = [&](const char* pointer) {
    const auto text = text_at(*answer, pointer);
    return base::parse_int(text.substr(0, text.find_first_not_of("0123456789"))).value_or(0);
  };
  return static_cast<int>(number("/major") * 1000 + number("/minor"));
}

http::Request Client::request_of(const Call& call) {
  http::Request request;
  request.method = call.method;
  request.url = server_ + call.path + (call.query.empty() ? "" : "?") + call.query;
  request.headers = {{"Accept", "application/json"}, {"User-Agent", options_.user_agent}};
  if (!call.body.empty()) request.headers["Content-Type"] = call.content_type;
  request.body = call.body;
  request.timeout = options_.timeout;
  request.max_body_bytes = kMostBody;
  return request;
}

ApiResult<http::Response> Client::send(const Call& call, http::Request request, const std::stop_token& stop) {
  const auto what = describe(call.method, call.path);
  if (!limiter_.wait(stop)) return std::unexpected(ApiError{.message = what + ": stopped"});
  request.bearer_token = tokens_.token();
  request.stop = stop;
  auto answer = http_.send(request);
  count(call, answer ? answer->status : 0);
  if (!answer) return std::unexpected(ApiError{.message = fmt::format("{}: {}", what, answer.error().message)});
  if (answer->status >= 200 && answer->status < 300) return *std::move(answer);
  auto error = error_of(*answer, call.method, call.path);
  if (error.status == 401) tokens_.refused();
  if (error.status == 429) limiter_.pause_until(clock_.now() + std::max(error.retry_after, kPauseWithoutRetryAfter));
  return std::unexpected(std::move(error));
}

ApiResult<Json> Client::send_json(const Call& call) {
  const auto answer = send(call, request_of(call), interrupted_.get_token());
  if (!answer) return std::unexpected(answer.error());
  Json parsed = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded())
    return std::unexpected(ApiError{.message = describe(call.method, call.path) + ": the answer is no JSON"});
  return parsed;
}

void Client::count(const Call& call, int status) {
  registry_
      .counter("weir_kube_requests_total", "Requests to the API server, by verb and HTTP status; code 0: no answer.",
               {{"verb", call.streams ? "WATCH" : call.method}, {"code", std::to_string(status)}})
      .add();
}

}  // namespace weir::kube
