#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/kafka_errors.h"
#include "kafka/wire/coordinators.h"
#include "kafka/wire/network.h"
#include "lag/offset_source.h"

namespace weir::kafka::wire {

// The committed offsets of all groups, many in one request to each coordinator. Coordinators that moved are looked up
// again. Answers each group at its index, by `deadline`.
std::vector<base::Result<lag::GroupCommits>> fetch_committed(Network& network, Coordinators& coordinators,
                                                             const Identity& identity,
                                                             std::span<const lag::CommittedRequest> groups,
                                                             base::SteadyTime deadline);

}  // namespace weir::kafka::wire
