#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lag/offsets.h"

namespace weir::lag {

// A partition, and where its log was last seen to end.
struct LogEnd {
  std::string topic;
  std::int32_t partition = 0;
  Offset offset = 0;

  bool operator==(const LogEnd&) const = default;
};

// What a watch saw: the log ends further on now; or, none, it cannot tell and the source must be asked.
struct LogEndMove {
  std::string topic;
  std::int32_t partition = 0;
  std::optional<Offset> log_end;

  bool operator==(const LogEndMove&) const = default;
};

// Called on a thread of the watch; must not block.
using LogEndListener = std::function<void(const std::vector<LogEndMove>&)>;

// Hears of the first record of idle partitions within milliseconds, as opposed to asking for their ends at times. When
// it is destroyed no call of its listener is running or will come.
class LogEndWatch {
 public:
  virtual ~LogEndWatch() = default;

  // Watches these and no others. A partition that has moved is told of once, and watched again when it is named with
  // another offset. From any thread; does not block.
  virtual void watch(const std::vector<LogEnd>& partitions) = 0;
};

}  // namespace weir::lag
