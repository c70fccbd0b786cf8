#include "cli/scaler_command.h"

#include <csignal>

#include <fmt/format.h>

#include "base/clock.h"
#include "cli/app.h"
#include "cli/signals.h"
#include "cli/usage.h"

namespace weir::cli {
namespace {

constexpr std::string_view kScalerCommand = "scaler";

std::string port_of(std::string_view listen, int port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

int serve(const Settings& settings) {
  const base::SystemClock clock;
  const telemetry::Logging logging(settings.log);
  const telemetry::Logger logger = logging.logger("scaler");
  const auto app = App::start(settings, clock, logging);
  if (!app) return usage_error(kScalerCommand, app.error().message);
  const std::string grpc = port_of(settings.listen, (*app)->grpc_port());
  const std::string http = port_of(settings.http_listen, (*app)->http_port());
  logger.info("serving", {{"grpc_listen", std::string_view(grpc)},
                          {"http_listen", std::string_view(http)},
                          {"version", std::string_view(WEIR_VERSION)}});
  const int signal = wait_for_stop_signal();
  logger.info("stopping", {{"signal", std::string_view(signal == SIGTERM ? "SIGTERM" : "SIGINT")}});
  (*app)->shut_down(settings.shutdown_grace);
  logger.info("stopped");
  return kExitOk;
}

}  // namespace

int run_scaler(const ScalerFlags& flags) {
  Settings settings;
  if (flags.check_config && flags.config.empty())
    return usage_error(kScalerCommand, "--check-config: needs --config FILE");
  if (!flags.config.empty()) {
    // The file's errors name it and the line, as compilers do, so that editors find the place.
    if (const auto read = read_config(flags.config, settings); !read) {
      fmt::print(stderr, "{}\n", read.error().message);
      return kExitUsage;
    }
  }
  if (const auto applied = apply_flags(flags, settings); !applied)
    return usage_error(kScalerCommand, applied.error().message);
  if (flags.check_config) {
    fmt::print("{}: ok\n", flags.config);
    return kExitOk;
  }
  block_stop_signals();
  return serve(settings);
}

}  // namespace weir::cli
