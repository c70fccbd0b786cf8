#include "cli/controller_command.h"

#include <algorithm>
#include <csignal>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cli/app.h"
#include "cli/controller_report.h"
#include "cli/http_endpoint.h"
#include "cli/kubeconfig_file.h"
#include "cli/placement_metrics.h"
#include "cli/scheduler_config.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "controller/controller.h"
#include "rpc/lag_client.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::Result;
using std::chrono::seconds;

constexpr std::string_view kControllerCommand = "controller";
constexpr seconds kShortestLease{3};

struct ControllerSettings {
  controller::ControllerOptions controller;
  telemetry::LogOptions log;
  std::string http_listen;
  bool status_page = false;
  std::optional<rpc::ClientTlsFiles> scaler_tls;
};

// Unlike that of any other process, also after a restart in the same pod.
std::string identity() {
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host = "unknown";
  std::random_device random;
  return fmt::format("{}_{:08x}{:08x}", host.c_str(), random(), random());
}

Result<kube::LeaseOptions> lease_options(const ControllerFlags& flags, const std::string& ns) {
  const auto duration = base::parse_duration(flags.lease_duration);
  if (!duration || *duration < kShortestLease)
    return base::fail(ErrorCode::kInvalidArgument, "--lease-duration \"{}\": must be a duration of at least 3s",
                      flags.lease_duration);
  kube::LeaseOptions lease{.ns = flags.lease_namespace.empty() ? ns : flags.lease_namespace,
                           .name = "weir-controller",
                           .identity = identity()};
  lease.duration = std::chrono::duration_cast<seconds>(*duration);
  lease.renew_deadline = lease.duration * 2 / 3;
  lease.retry = std::max(seconds(1), lease.duration * 2 / 15);
  return lease;
}

Result<void> read_scaler(const ControllerFlags& flags, ControllerSettings& settings) {
  if (flags.scaler_certificate.empty() != flags.scaler_key.empty())
    return base::fail(ErrorCode::kInvalidArgument, "--scaler-cert and --scaler-key need each other");
  settings.controller.scaled_objects.scaler_address = flags.scaler_address;
  settings.controller.scaled_objects.scaler_authentication = flags.scaler_authentication;
  if (flags.scaler_tls || !flags.scaler_ca.empty() || !flags.scaler_certificate.empty()) {
    settings.controller.scaled_objects.scaler_tls = true;
    settings.scaler_tls = {.ca = flags.scaler_ca, .certificate = flags.scaler_certificate, .key = flags.scaler_key};
  }
  return {};
}

Result<void> read_kafka_sources(const ControllerFlags& flags, controller::KafkaSourceOptions& options) {
  const auto mode = controller::parse_kafka_source_mode(flags.kafka_source);
  if (!mode) return base::fail(ErrorCode::kInvalidArgument, "--kafka-source {}", mode.error().message);
  options.mode = *mode;
  return {};
}

Result<void> read_pools(const ControllerFlags& flags, controller::PoolOptions& options) {
  options.namespaces = flags.pool_namespaces;
  if (!flags.default_pool.empty()) {
    const auto parts = base::split_trimmed(flags.default_pool, '/');
    if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
      return base::fail(ErrorCode::kInvalidArgument, "--default-pool \"{}\": must be NAMESPACE/NAME of a StatefulSet",
                        flags.default_pool);
    options.default_pool = {parts[0], parts[1]};
    options.namespaces.push_back(parts[0]);
  }
  std::ranges::sort(options.namespaces);
  options.namespaces.erase(std::ranges::unique(options.namespaces).begin(), options.namespaces.end());
  // All of them include each.
  if (std::ranges::find(options.namespaces, controller::kEveryNamespace) != options.namespaces.end())
    options.namespaces = {controller::kEveryNamespace};
  auto scheduler = read_scheduler_config(flags.scheduler_config, flags.scheduler_profile);
  if (!scheduler) return std::unexpected(scheduler.error());
  options.profile = std::move(scheduler->profile);
  options.patience = scheduler->patience;
  return {};
}

Result<ControllerSettings> settings_of(const ControllerFlags& flags) {
  ControllerSettings settings;
  if (auto read = read_scaler(flags, settings); !read) return std::unexpected(read.error());
  if (auto read = read_kafka_sources(flags, settings.controller.kafka_sources); !read)
    return std::unexpected(read.error());
  if (auto read = read_pools(flags, settings.controller.pools); !read) return std::unexpected(read.error());
  settings.controller.kafka_sources.default_pool = settings.controller.pools.default_pool;
  auto api = read_client_config(flags.kubeconfig);
  if (!api) return std::unexpected(api.error());
  auto lease = lease_options(flags, api->ns);
  if (!lease) return std::unexpected(lease.error());
  const auto format = telemetry::parse_log_format(flags.log_format);
  if (!format) return base::fail(ErrorCode::kInvalidArgument, "--log-format: {}", format.error().message);
  const auto level = telemetry::parse_log_level(flags.log_level);
  if (!level) return base::fail(ErrorCode::kInvalidArgument, "--log-level: {}", level.error().message);
  settings.log = {.format = *format, .level = *level, .levels = {}};
  settings.http_listen = flags.http_listen;
  settings.status_page = flags.status_page;
  settings.controller.api = *std::move(api);
  settings.controller.qps = flags.qps;
  settings.controller.burst = flags.burst;
  settings.controller.lease = *std::move(lease);
  return settings;
}

// What the HTTP port tells of; outlives it.
struct Told {
  const ControllerSettings& settings;
  const controller::Controller& controller;
  const telemetry::Registry& registry;
  const base::Clock& clock;
  base::SteadyTime started;
};

std::string status_text(const Told& told, const StatusQuery& query) {
  const ControllerInput input{.version = version(),
                              .started = told.started,
                              .now = told.clock.now(),
                              .identity = told.settings.controller.lease.identity,
                              .leader = told.controller.leads(),
                              .unready = told.controller.unready(),
                              .groups = told.controller.groups(),
                              .pools = told.controller.placements()};
  return controller_report(input).dump(query.indented ? 2 : -1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "\n";
}

HttpHandlers handlers_of(const Told& told) {
  return {
      .metrics = [&told] { return told.registry.scrape(); },
      .unready = [&told]() -> std::optional<std::string> {
        auto reason = told.controller.unready();
        return reason.empty() ? std::nullopt : std::optional(std::move(reason));
      },
      .status = [&told](const StatusQuery& query) { return status_text(told, query); },
      .status_of = [](const std::string&, const std::string&) -> std::optional<std::string> { return std::nullopt; },
      .page = told.settings.status_page};
}

// Two controllers of the same sources would write against each other.
Result<void> check_for_knative(const ControllerSettings& settings, const base::Clock& clock,
                               telemetry::Registry& registry) {
  if (settings.controller.kafka_sources.mode != controller::KafkaSourceMode::kAll) return {};
  kube::Client client(settings.controller.api, {}, clock, registry);
  const auto lease = controller::live_knative_controller(client, clock.system_now());
  if (!lease) return std::unexpected(kube::to_error(lease.error()));
  if (lease->empty()) return {};
  return base::fail(ErrorCode::kInvalidArgument,
                    "--kafka-source all: Knative's own controller holds the Lease {}; stop it, or use "
                    "--kafka-source managed",
                    *lease);
}

int serve(const ControllerSettings& settings) {
  const base::SystemClock clock;
  const telemetry::Logging logging(settings.log);
  const telemetry::Logger logger = logging.logger("controller");
  telemetry::Registry registry;
  registry.gauge("weir_build_info", "1, with the version as a label.", {{"version", version()}}).set(1);
  if (const auto alone = check_for_knative(settings, clock, registry); !alone)
    return usage_error(kControllerCommand, alone.error().message);
  const auto lags = rpc::make_lag_news_client(settings.controller.scaled_objects.scaler_address, settings.scaler_tls);
  if (!lags) return usage_error(kControllerCommand, lags.error().message);
  controller::Controller controller(settings.controller, **lags, clock, logging, registry);
  const auto placements = registry.add_collector([&controller](std::vector<telemetry::Sample>& samples) {
    collect_placement_metrics(controller.placements(), samples);
  });
  const Told told{
      .settings = settings, .controller = controller, .registry = registry, .clock = clock, .started = clock.now()};
  const auto http = HttpEndpoint::start(settings.http_listen, handlers_of(told));
  if (!http) return usage_error(kControllerCommand, http.error().message);
  const auto http_port = std::to_string((*http)->port());
  logger.info("running", {{"http_port", std::string_view(http_port)},
                          {"identity", std::string_view(settings.controller.lease.identity)},
                          {"version", std::string_view(WEIR_VERSION)}});
  std::jthread worker([&](const std::stop_token& stop) { controller.run(stop); });
  const int signal = wait_for_stop_signal();
  logger.info("stopping", {{"signal", std::string_view(signal == SIGTERM ? "SIGTERM" : "SIGINT")}});
  worker.request_stop();
  worker.join();
  logger.info("stopped");
  return kExitOk;
}

}  // namespace

int run_controller(const ControllerFlags& flags) {
  const auto settings = settings_of(flags);
  if (!settings) return usage_error(kControllerCommand, settings.error().message);
  block_stop_signals();
  return serve(*settings);
}

}  // namespace weir::cli
