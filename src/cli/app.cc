#include "cli/app.h"

#include <cstdlib>

#include <nlohmann/json.hpp>

#include "cli/cluster_resolver.h"
#include "cli/http_endpoint.h"
#include "cli/kube_sources.h"
#include "cli/kubeconfig_file.h"
#include "cli/readiness.h"
#include "cli/session_metrics.h"
#include "cli/status_report.h"
#include "cli/trigger_metrics.h"
#include "kafka/session_pool.h"
#include "monitor/monitor.h"
#include "rpc/server.h"
#include "telemetry/metrics.h"

namespace weir::cli {
namespace {

using base::Result;

std::vector<std::filesystem::path> profile_files(const Settings& settings) {
  std::vector<std::filesystem::path> files;
  for (const auto& [name, profile] : settings.clusters)
    for (const auto& [parameter, file] : profile.auth_files)
      files.push_back(file);
  return files;
}

rpc::ServerOptions server_options(const Settings& settings) {
  return {.listen = settings.listen,
          .tls = settings.tls,
          .allowed_clients = settings.allowed_clients,
          .max_stream_age = settings.max_stream_age,
          .stream_metric_spec = settings.stream_metric_spec,
          .reflection = settings.reflection};
}

}  // namespace

std::string version() {
  return WEIR_VERSION;
}

// In the order of starting: each member may use those above it, and goes before them.
struct App::Parts {
  Parts(const Settings& with, const base::Clock& time, const telemetry::Logging& logs)
      : settings(with), clock(time), logging(logs), started(time.now()) {}

  Result<void> start();
  Result<void> start_kubernetes();
  Result<void> start_sources();
  void start_core();
  Result<void> start_ports();
  std::optional<std::string> unready_reason() const;
  StatusInput status() const;
  HttpHandlers handlers() const;

  const Settings settings;
  const base::Clock& clock;
  const telemetry::Logging& logging;
  const base::SteadyTime started;
  telemetry::Registry registry;
  std::unique_ptr<access::ApiAccess> access;  // none: no API server is asked
  std::unique_ptr<rpc::CallerWitness> witness;
  std::unique_ptr<kafka::SecretSource> secrets;
  std::unique_ptr<WatchedFiles> files;
  std::unique_ptr<kafka::SessionPool> pool;
  std::unique_ptr<ConfiguredClusterResolver> resolver;
  std::unique_ptr<monitor::Monitor> monitor;
  std::unique_ptr<rpc::TriggerTable> triggers;
  std::shared_ptr<void> collector;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<Readiness> readiness;
  std::unique_ptr<HttpEndpoint> http;
};

Result<void> App::Parts::start() {
  if (auto connected = start_kubernetes(); !connected) return connected;
  if (auto started_sources = start_sources(); !started_sources) return started_sources;
  start_core();
  if (auto checked = resolver->check_profiles(); !checked) return checked;
  return start_ports();
}

Result<void> App::Parts::start_kubernetes() {
  const auto& wanted = settings.kubernetes;
  if (wanted.off) return {};
  auto config = read_client_config(wanted.kubeconfig);
  // Outside of a pod, and in one without a token, there is none to be asked.
  if (!config && wanted.kubeconfig.empty() && wanted.namespaces.empty()) return {};
  if (!config) return std::unexpected(config.error());
  access = std::make_unique<access::ApiAccess>(
      access::ApiAccessOptions{
          .api = *std::move(config), .namespaces = wanted.namespaces, .secrets = settings.secrets_dir.empty()},
      clock, logging.logger("kube"), registry);
  access->start();
  witness = make_caller_witness(*access);
  if (access->secrets()) secrets = make_kube_secret_source(*access->secrets());
  return {};
}

Result<void> App::Parts::start_sources() {
  if (!settings.secrets_dir.empty()) {
    auto source = kafka::make_directory_secret_source(settings.secrets_dir);
    if (!source) return base::fail(source.error().code, "--secrets-dir: {}", source.error().message);
    secrets = std::move(*source);
  }
  auto opened = WatchedFiles::open(profile_files(settings));
  if (!opened) return std::unexpected(opened.error());
  files = std::move(*opened);
  return {};
}

void App::Parts::start_core() {
  pool = std::make_unique<kafka::SessionPool>(kafka::SessionOptions{.client = settings.kafka_client}, clock,
                                              logging.logger("kafka"), registry);
  resolver = std::make_unique<ConfiguredClusterResolver>(
      ResolverOptions{.clusters = settings.clusters,
                      .allowed_brokers = settings.allowed_brokers,
                      .session_limit = [this](const std::string& ns) { return settings.limits.of(ns).sessions; },
                      .aws_web_identity = kafka::aws_web_identity([](const char* name) { return std::getenv(name); })},
      secrets.get(), *files, [this](const kafka::SessionKey& key) { return pool->get(key); });
  monitor = std::make_unique<monitor::Monitor>(monitor::MonitorOptions{.refresh_interval = settings.refresh_interval,
                                                                       .max_stale = settings.max_stale,
                                                                       .watch_after = settings.watch_after},
                                               clock, logging.logger("monitor"), registry);
  triggers = std::make_unique<rpc::TriggerTable>(
      rpc::TriggerTableOptions{.limits = [this](const std::string& ns) { return settings.limits.of(ns).triggers; },
                               .witness = witness.get()},
      clock, *resolver, *monitor);
  registry.gauge("weir_build_info", "1, with the version as a label.", {{"version", version()}}).set(1);
  collector = registry.add_collector([this](std::vector<telemetry::Sample>& samples) {
    collect_trigger_metrics(triggers->status(), settings.metrics_max_triggers, samples);
    collect_session_metrics(pool->status(), kMostSessionSeries, samples);
    samples.push_back({"weir_subscriptions_stale",
                       "Groups whose last good offsets are older than --max-stale, so that KEDA is told so and holds.",
                       {},
                       static_cast<double>(monitor->health().stale)});
  });
}

Result<void> App::Parts::start_ports() {
  auto started_server =
      rpc::Server::start(server_options(settings), clock, *triggers, *monitor, logging.logger("rpc"), registry);
  if (!started_server) return std::unexpected(started_server.error());
  server = std::move(*started_server);
  readiness = std::make_unique<Readiness>([this] { return unready_reason(); },
                                          [this](bool ready) { server->set_ready(ready); });
  auto started_http = HttpEndpoint::start(settings.http_listen, handlers());
  if (!started_http) return std::unexpected(started_http.error());
  http = std::move(*started_http);
  return {};
}

std::optional<std::string> App::Parts::unready_reason() const {
  if (access)
    if (auto missing = access->missing(); !missing.empty()) return missing;
  return stale_reason(monitor->health(), settings.max_stale);
}

StatusInput App::Parts::status() const {
  return {.version = version(),
          .started = started,
          .now = clock.now(),
          .sessions = pool->status(),
          .triggers = triggers->status(),
          .unready = readiness->reason(),
          .max_stale = settings.max_stale};
}

HttpHandlers App::Parts::handlers() const {
  return {.metrics = [this] { return registry.scrape(); },
          .unready = [this] { return readiness->reason(); },
          .status =
              [this](const StatusQuery& query) {
                return status_report(status(), query.partitions)
                           .dump(query.indented ? 2 : -1, ' ', false, nlohmann::json::error_handler_t::replace) +
                       "\n";
              },
          .status_of = [this](const std::string& ns, const std::string& name) -> std::optional<std::string> {
            const auto found = status_of(status(), ns, name);
            if (!found) return std::nullopt;
            return found->dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
          },
          .page = settings.status_page};
}

Result<std::unique_ptr<App>> App::start(const Settings& settings, const base::Clock& clock,
                                        const telemetry::Logging& logging) {
  auto parts = std::make_unique<Parts>(settings, clock, logging);
  if (const auto started = parts->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<App>(new App(std::move(parts)));
}

App::App(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
App::~App() = default;

int App::grpc_port() const {
  return parts_->server->port();
}
int App::http_port() const {
  return parts_->http->port();
}

void App::shut_down(std::chrono::milliseconds grace) {
  parts_->readiness->shut_down();
  parts_->server->shutdown(grace);
}

}  // namespace weir::cli
