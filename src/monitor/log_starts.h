#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "lag/offsets.h"

namespace weir::monitor {

// Log starts known already: they move only by retention, so an answer of up to 30 s serves. Not thread-safe.
class LogStarts {
 public:
  static constexpr std::chrono::seconds kMaxAge{30};

  // By partition, of the first `count` of a topic; none: not known, or too old.
  std::vector<std::optional<lag::Offset>> find(const std::string& topic, std::size_t count, base::SteadyTime now) const;
  void store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now);
  // A log that was deleted, or made anew, starts elsewhere.
  void forget(const std::string& topic) { topics_.erase(topic); }
  void forget(const std::string& topic, std::int32_t partition);
  // Forgets what is too old.
  void prune(base::SteadyTime now);

 private:
  struct Entry {
    lag::Offset start = 0;
    base::SteadyTime asked;
  };
  // By partition; none: not known.
  std::unordered_map<std::string, std::vector<std::optional<Entry>>> topics_;
};

}  // namespace weir::monitor
