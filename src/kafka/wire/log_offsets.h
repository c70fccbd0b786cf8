#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/kafka_errors.h"
#include "kafka/wire/network.h"
#include "kafka/wire/topics.h"
#include "lag/offset_source.h"

namespace weir::kafka::wire {

// One end of the log of all partitions, in one request to each leader. Leaders that moved are looked up again. Answers
// each partition at its index, by `deadline`.
std::vector<std::vector<base::Result<lag::Offset>>> fetch_log_offsets(Network& network, Topics& topics,
                                                                      const Identity& identity,
                                                                      std::span<const lag::LogOffsetRequest> requests,
                                                                      bool read_committed, lag::LogPosition position,
                                                                      base::SteadyTime deadline);

}  // namespace weir::kafka::wire
