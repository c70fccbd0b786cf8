#pragma once

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace weir::kafka {

// Milliseconds until `deadline` as librdkafka takes them: never negative, at most `most`.
inline int remaining_ms(base::SteadyTime deadline, std::chrono::milliseconds most = std::chrono::hours(1)) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp(left, std::chrono::milliseconds(0), most).count());
}

}  // namespace weir::kafka
