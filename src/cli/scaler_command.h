#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/cli11_fwd.h"
#include "cli/config.h"

namespace weir::cli {

// What `weir scaler` was told on the command line; unset: the configuration file or the default decides.
struct ScalerFlags {
  std::string config;
  bool check_config = false;
  std::optional<std::string> listen, http_listen, secrets_dir, kubeconfig, kafka_client, log_format, log_level;
  std::optional<std::string> tls_certificate, tls_key, tls_client_ca;
  std::optional<std::string> refresh_interval, watch_after, max_stale, max_stream_age, shutdown_grace;
  std::optional<std::size_t> metrics_max_triggers;
  std::vector<std::string> allowed_clients, watch_namespaces;
  bool no_kubernetes = false;
  bool stream_metric_spec = false;
  bool reflection = false;
  bool status_page = false;
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_scaler_flags(CLI::App& command, ScalerFlags& flags);

// Puts the flags over `settings`. kInvalidArgument names every flag that is wrong, and what the settings lack together.
base::Result<void> apply_flags(const ScalerFlags& flags, Settings& settings);

// Serves until SIGTERM or SIGINT. Returns the exit code.
int run_scaler(const ScalerFlags& flags);

}  // namespace weir::cli
