#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "lag/log_end_watch.h"
#include "monitor/topic_table.h"

namespace weir::monitor {

// Where the partitions of one session were last seen to end, and since when they have ended there. Not thread-safe.
class LogEnds {
 public:
  // False where the log ended further on before: it was made anew, and nothing that was known of it holds.
  bool observe(const std::string& topic, std::int32_t partition, lag::Offset end, base::SteadyTime now);
  // Nothing is known of a partition until it is observed again.
  void forget(const std::string& topic, std::int32_t partition) { topics_.forget(topic, partition); }

  // Another one each time that an end of this topic was seen to move, or was forgotten. 0: nothing is known of it.
  std::uint64_t version(const std::string& topic) const { return topics_.version(topic); }

  // Adds the partitions of a topic that have ended where they do for `idle_for`.
  void add_idle(const std::string& topic, std::chrono::milliseconds idle_for, base::SteadyTime now,
                std::vector<lag::LogEnd>& idle) const;

  // Forgets what was not observed for `unseen_for`.
  void prune(std::chrono::milliseconds unseen_for, base::SteadyTime now);

 private:
  struct Entry {
    lag::Offset end = 0;
    base::SteadyTime since, seen;
  };
  TopicTable<Entry> topics_;
};

}  // namespace weir::monitor
