#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/client.h"
#include "lag/offset_source.h"

namespace weir::kafka {

struct CommittedAnswer {
  std::vector<base::Result<lag::GroupCommits>> groups;
  bool moved = false;       // some request went, again and again, to a broker that does not coordinate its group
  bool unanswered = false;  // some group got no answer in time
};

// The committed offsets of many groups, with at most `in_flight` requests at a time; more while some go unanswered, so
// that a broker that hangs does not hold up the groups of the others.
CommittedAnswer fetch_committed(const Client& client, std::span<const lag::CommittedRequest> groups, int in_flight,
                                base::SteadyTime deadline);

}  // namespace weir::kafka
