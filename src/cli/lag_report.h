#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "lag/lag_client.h"

namespace weir::cli {

// A table of partitions, then lag, metric, activity and replicas with the rule behind each. With `colours`, ANSI codes
// mark partitions that have lag.
std::string lag_table(const lag::LagDescription& description, bool colours);

nlohmann::json lag_json(const lag::LagDescription& description);

}  // namespace weir::cli
