#include "cli/controller_command.h"

#include <csignal>
#include <random>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cli/app.h"
#include "cli/http_endpoint.h"
#include "cli/kubeconfig_file.h"
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

Result<ControllerSettings> settings_of(const ControllerFlags& flags) {
  ControllerSettings settings;
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
  settings.controller.scaler_address = flags.scaler_address;
  settings.controller.api = *std::move(api);
  settings.controller.qps = flags.qps;
  settings.controller.burst = flags.burst;
  settings.controller.lease = *std::move(lease);
  return settings;
}

HttpHandlers handlers_of(const controller::Controller& controller, const telemetry::Registry& registry) {
  return {
      .metrics = [&registry] { return registry.scrape(); },
      .unready = [&controller]() -> std::optional<std::string> {
        auto reason = controller.unready();
        return reason.empty() ? std::nullopt : std::optional(std::move(reason));
      },
      .status =
          [&controller](bool) {
            return nlohmann::json{{"version", version()}, {"leader", controller.leads()}}.dump(2) + "\n";
          },
      .status_of = [](const std::string&, const std::string&) -> std::optional<std::string> { return std::nullopt; }};
}

int serve(const ControllerSettings& settings) {
  const base::SystemClock clock;
  const telemetry::Logging logging(settings.log);
  const telemetry::Logger logger = logging.logger("controller");
  telemetry::Registry registry;
  registry.gauge("weir_build_info", "1, with the version as a label.", {{"version", version()}}).set(1);
  const auto lags = rpc::make_lag_news_client(settings.controller.scaler_address);
  if (!lags) return usage_error(kControllerCommand, lags.error().message);
  controller::Controller controller(settings.controller, **lags, clock, logging, registry);
  const auto http = HttpEndpoint::start(settings.http_listen, handlers_of(controller, registry));
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
