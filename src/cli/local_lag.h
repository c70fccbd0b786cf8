#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "cli/config.h"
#include "kafka/credentials.h"
#include "lag/lag_client.h"

namespace weir::cli {

struct LocalLagOptions {
  Settings settings;  // clusters and secrets_dir count
  // Credentials given by hand: used for bootstrapServers instead of any Secret.
  std::optional<kafka::AuthParameters> auth;
  std::chrono::milliseconds refresh_interval{2000};
  std::chrono::milliseconds timeout{10'000};
};

// Measures lag itself, through the same sessions, monitor and rules as the scaler. Who runs it is believed: the Secrets
// and the configuration are theirs.
base::Result<std::unique_ptr<lag::LagClient>> make_local_lag(const LocalLagOptions& options, const base::Clock& clock);

}  // namespace weir::cli
