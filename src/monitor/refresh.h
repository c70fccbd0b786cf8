#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/offset_source.h"
#include "monitor/log_ends.h"
#include "monitor/log_starts.h"
#include "monitor/monitor.h"

namespace weir::monitor {

// One subscription to refresh, whose key is the caller's to keep, with the snapshot before this one.
struct RefreshItem {
  const SubscriptionKey* key;
  SnapshotPtr before;
  bool may_stand = false;  // `before` was made with the same LogStarts and LogEnds, of which its mark tells
  // Where the key names one topic: a name of it that all items of this topic share, so that it is known by its place.
  const std::string* topic = nullptr;
};

// Asks one source for all items at once: committed offsets by group, then end offsets of each partition once, then log
// starts where a rule needs them. Answers each item at its index, and notes the ends. Blocks until `deadline` at most.
std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStarts& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline);

}  // namespace weir::monitor
