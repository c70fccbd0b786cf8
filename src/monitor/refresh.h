#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/offset_source.h"
#include "monitor/log_ends.h"
#include "monitor/monitor.h"

namespace weir::monitor {

// Log starts known already: they move only by retention, so an answer of up to 30 s serves. Not thread-safe.
class LogStartCache {
 public:
  static constexpr std::chrono::seconds kMaxAge{30};

  std::optional<lag::Offset> find(const std::string& topic, std::int32_t partition, base::SteadyTime now) const;
  void store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now);
  // A log that was deleted, or made anew, starts elsewhere.
  void forget(const std::string& topic);
  void forget(const std::string& topic, std::int32_t partition);
  // Forgets what is too old.
  void prune(base::SteadyTime now);

 private:
  struct Entry {
    lag::Offset start = 0;
    base::SteadyTime asked;
  };
  std::map<std::string, std::map<std::int32_t, Entry>, std::less<>> topics_;
};

// One subscription to refresh, with the snapshot before this one.
struct RefreshItem {
  std::string group;
  std::vector<std::string> topics;
  SnapshotPtr before;
};

// Asks one source for all items at once: committed offsets by group, then end offsets of each partition once, then log
// starts where a rule needs them. Answers each item at its index, and notes the ends. Blocks until `deadline` at most.
std::vector<base::Result<SnapshotPtr>> refresh(lag::OffsetSource& source, std::span<const RefreshItem> items,
                                               LogStartCache& starts, LogEnds& ends, const base::Clock& clock,
                                               base::SteadyTime deadline);

}  // namespace weir::monitor
