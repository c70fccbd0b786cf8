#pragma once

#include <string>
#include <vector>

#include "rpc/trigger_table.h"
#include "telemetry/metrics.h"

namespace weir::cli {

// The gauges of all triggers for one scrape: series for at most `most` groups, in the order of their names, and sums
// over all. Several triggers of one ScaledObject on one group share a series.
void collect_trigger_metrics(const std::vector<rpc::TriggerStatus>& triggers, std::size_t most,
                             std::vector<telemetry::Sample>& samples);

}  // namespace weir::cli
