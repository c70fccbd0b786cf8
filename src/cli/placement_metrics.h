#pragma once

#include <vector>

#include "controller/pool_view.h"
#include "telemetry/metrics.h"

namespace weir::cli {

// The gauges of all pools for one scrape.
void collect_placement_metrics(const std::vector<controller::PoolView>& pools, std::vector<telemetry::Sample>& samples);

}  // namespace weir::cli
