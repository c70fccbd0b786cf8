#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cli/cli11_fwd.h"
#include "lag/lag_client.h"

namespace weir::cli {

struct LagFlags {
  std::string bootstrap_servers, group, topic, cluster, config;
  std::vector<std::string> set;  // key=value of trigger metadata
  std::string file;              // ScaledObject YAML
  std::optional<int> trigger;    // its index in the file
  std::string ns, name;
  std::string consumer_group, kubeconfig;  // NAMESPACE/NAME of a ConsumerGroup, and where it is
  std::string secrets_dir, auth_secret;
  std::string username, password_file, sasl, ca;
  bool tls = false;
  std::string scaler, scaler_ca, scaler_cert, scaler_key;
  bool scaler_tls = false;
  std::string output = "table";
  std::optional<std::string> watch;  // the interval
  std::string timeout = "10s";
};

// Adds the flags to the subcommand; `flags` outlives it.
void add_lag_flags(CLI::App& command, LagFlags& flags);

// What the flags ask for: the file's trigger, with the flags over it. kInvalidArgument names the flag that is wrong.
base::Result<lag::TriggerReference> trigger_of(const LagFlags& flags);

// Prints the lag, once or again and again. Exit code 0, 1 for an error of Kafka or the scaler, 2 for a wrong flag.
int run_lag(const LagFlags& flags);

}  // namespace weir::cli
