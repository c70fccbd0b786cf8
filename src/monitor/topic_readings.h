#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/offset_source.h"
#include "monitor/log_ends.h"
#include "monitor/log_starts.h"

namespace weir::monitor {

// The topics that the groups of one refresh read, each asked about once for all of them. Not thread-safe.
class TopicReadings {
 public:
  // What is known of partitions is by number.
  struct Topic {
    std::string name;
    base::Result<std::int32_t> partition_count = 0;
    std::vector<base::Result<lag::Offset>> ends, high_watermarks;
    std::vector<std::optional<base::Result<lag::Offset>>> starts;  // none: not known
    std::vector<bool> wanted;                                      // whose start is to be asked for
    bool ends_known = false;                                       // of every partition
    bool starts_used = false;  // a snapshot was made with them that may stand as it is
    bool starts_fresh = false;
    std::uint64_t ends_version = 0, starts_version = 0;

    std::size_t partitions() const { return static_cast<std::size_t>(std::max(0, partition_count.value_or(0))); }
  };

  TopicReadings(lag::OffsetSource& source, LogStarts& starts, LogEnds& ends, const base::Clock& clock,
                base::SteadyTime deadline)
      : source_(source), starts_(starts), ends_(ends), clock_(clock), deadline_(deadline) {}

  // The topic of this name, added where it is new. Stays where it is.
  Topic& find_or_add(std::string_view name);

  // Asks of every topic that was not asked before how many partitions it has.
  void count_partitions();
  // Asks where the logs of these end, and finds what is known of where they start.
  void read_ends(const std::vector<Topic*>& topics);
  // Asks again for starts that are known and too old, of topics whose starts are used.
  void renew_starts();
  // Asks for the starts that are wanted.
  void read_starts();

 private:
  std::vector<std::optional<base::Result<lag::Offset>>> known_starts(const Topic& topic, base::SteadyTime now) const;
  // `partitions_of` a topic are asked about.
  template <class PartitionsOf>
  void ask_starts(const PartitionsOf& partitions_of);
  void note_starts(base::SteadyTime now);

  lag::OffsetSource& source_;
  LogStarts& starts_;
  LogEnds& ends_;
  const base::Clock& clock_;
  const base::SteadyTime deadline_;
  std::deque<Topic> topics_;
  std::unordered_map<std::string_view, Topic*> topic_of_;  // by their names
  std::size_t counted_ = 0;                                // so many of topics_ have been asked about
};

}  // namespace weir::monitor
