#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace weir::rpc {

// When a StreamIsActive stream sends what, given the activity over time. Pure; not thread-safe.
//
// KEDA acts on `true` only, and each one costs it a status write. It drops one that comes before it knows the trigger's
// metric, and it remembers none. So: the state at open; each rising edge, but at most one in kEdgeApart; again
// kFirstRepeat and kSecondRepeat after it; then every kKeepAlive while active; each falling edge once.
class ActivitySchedule {
 public:
  static constexpr std::chrono::seconds kEdgeApart{2};
  static constexpr std::chrono::seconds kFirstRepeat{3};
  static constexpr std::chrono::seconds kSecondRepeat{10};
  static constexpr std::chrono::minutes kKeepAlive{5};
  static constexpr std::chrono::seconds kPutOff{1};

  // The activity as just evaluated.
  void observe(bool active) {
    active_ = active;
    put_off_until_.reset();
  }

  // What is to be sent now, if anything; counts as sent at `now`.
  std::optional<bool> take(base::SteadyTime now);

  // What is due may not be sent now: it is due again in kPutOff, or as soon as the activity is evaluated again.
  void put_off(base::SteadyTime now) { put_off_until_ = now + kPutOff; }

  // When take() may have something, unless the activity changes before. None: not until then. May have passed already.
  std::optional<base::SteadyTime> next() const;

 private:
  std::optional<base::SteadyTime> due() const;

  std::optional<bool> active_;
  std::optional<bool> sent_;
  std::optional<base::SteadyTime> edge_;  // when the last rising edge was sent
  base::SteadyTime last_true_;
  std::optional<base::SteadyTime> put_off_until_;
  std::uint8_t repeats_ = 0;  // since that edge, not counting keep-alives
};

}  // namespace weir::rpc
