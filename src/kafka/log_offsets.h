#pragma once

#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/client.h"
#include "kafka/topic_metadata.h"
#include "lag/offset_source.h"

namespace weir::kafka {

using LogOffsetAnswer = std::vector<std::vector<base::Result<lag::Offset>>>;

// Start or end offsets of partitions: one request per leader where all goes well. `metadata` belongs to `client`.
// kEnd and kHighWatermark ask the same; which of the two the answer is follows from the client's isolation level.
LogOffsetAnswer fetch_log_offsets(const Client& client, TopicMetadata& metadata,
                                  std::span<const lag::LogOffsetRequest> topics, lag::LogPosition position,
                                  base::SteadyTime deadline);

}  // namespace weir::kafka
