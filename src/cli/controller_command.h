#pragma once

#include <string>
#include <vector>

#include "cli/cli11_fwd.h"

namespace weir::cli {

// What `weir controller` was told on the command line.
struct ControllerFlags {
  std::string kubeconfig;      // empty: that of the pod
  std::string scaler_address;  // host:port
  bool scaler_tls = false;
  std::string scaler_ca, scaler_certificate, scaler_key;  // PEM files; each means TLS
  std::string scaler_authentication;                      // a ClusterTriggerAuthentication
  std::string lease_namespace;                            // empty: the pod's or the kubeconfig's
  std::string lease_duration = "15s";
  std::string kafka_source = "off";
  std::vector<std::string> pool_namespaces;
  std::string default_pool;  // NAMESPACE/NAME
  std::string scheduler_config, scheduler_profile;
  std::string http_listen = "0.0.0.0:8080";
  bool status_page = false;
  std::string log_format = "keyvalue";
  std::string log_level = "info";
  double qps = 100;
  int burst = 200;
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_controller_flags(CLI::App& command, ControllerFlags& flags);

// Runs until SIGTERM or SIGINT. Returns the exit code.
int run_controller(const ControllerFlags& flags);

}  // namespace weir::cli
