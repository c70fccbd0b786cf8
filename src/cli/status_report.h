#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/clock.h"
#include "kafka/session_pool.h"
#include "rpc/trigger_table.h"

namespace weir::cli {

// What /status tells, at one moment. No secret is in it.
struct StatusInput {
  std::string version;
  base::SteadyTime started, now;
  std::vector<kafka::SessionStatus> sessions;
  std::vector<rpc::TriggerStatus> triggers;
  std::optional<std::string> unready = {};  // why
  std::chrono::milliseconds max_stale{0};   // after which a snapshot is no answer
};

// The whole process as JSON; with `partitions`, each trigger's partitions with their reasons.
nlohmann::json status_report(const StatusInput& input, bool partitions);

// The triggers of one ScaledObject, with partitions; none when nobody has asked for it lately.
std::optional<nlohmann::json> status_of(const StatusInput& input, const std::string& ns, const std::string& name);

}  // namespace weir::cli
