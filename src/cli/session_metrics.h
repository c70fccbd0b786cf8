#pragma once

#include <cstddef>
#include <vector>

#include "kafka/session_pool.h"
#include "telemetry/metrics.h"

namespace weir::cli {

// So many sessions have series of their own; a series a kind of request and of error, it comes to some thousands.
inline constexpr std::size_t kMostSessionSeries = 100;

// What each Kafka session did since it was opened, for one scrape: series for at most `most` sessions, in the order of
// their names. The counters of all sessions together are kafka::Instruments.
void collect_session_metrics(std::vector<kafka::SessionStatus> sessions, std::size_t most,
                             std::vector<telemetry::Sample>& samples);

}  // namespace weir::cli
