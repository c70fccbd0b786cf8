#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "lag/offsets.h"
#include "monitor/topic_table.h"

namespace weir::monitor {

// Log starts known already: they move only by retention, so an answer of up to 30 s serves. Not thread-safe.
class LogStarts {
 public:
  static constexpr std::chrono::seconds kMaxAge{30};

  // By partition, of the first `count` of a topic; none: not known, or too old.
  std::vector<std::optional<lag::Offset>> find(const std::string& topic, std::size_t count, base::SteadyTime now) const;
  void store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now);
  // Another one each time that a start of this topic was told to be other than before, or was forgotten. 0: nothing is
  // known of it.
  std::uint64_t version(const std::string& topic) const { return topics_.version(topic); }
  // Those that are known, but too old.
  std::vector<std::int32_t> outdated(const std::string& topic, base::SteadyTime now) const;
  // A log that was deleted, or made anew, starts elsewhere.
  void forget(const std::string& topic) { topics_.forget(topic); }
  void forget(const std::string& topic, std::int32_t partition) { topics_.forget(topic, partition); }
  // Forgets topics that nobody has asked about for long.
  void prune(base::SteadyTime now);

 private:
  struct Entry {
    lag::Offset start = 0;
    base::SteadyTime asked;
  };
  TopicTable<Entry> topics_;
};

}  // namespace weir::monitor
