#include "rpc/activity_schedule.h"

#include <algorithm>

namespace weir::rpc {

std::optional<base::SteadyTime> ActivitySchedule::next() const {
  const auto when = due();
  return when && put_off_until_ ? std::max(when, put_off_until_) : when;
}

std::optional<base::SteadyTime> ActivitySchedule::due() const {
  if (!active_) return std::nullopt;
  if (!*active_) return sent_ == false ? std::nullopt : std::optional(base::SteadyTime::min());
  if (sent_ != true) return edge_ ? *edge_ + kEdgeApart : base::SteadyTime::min();
  switch (repeats_) {
    case 0:
      return *edge_ + kFirstRepeat;
    case 1:
      return *edge_ + kSecondRepeat;
    default:
      return last_true_ + kKeepAlive;
  }
}

std::optional<bool> ActivitySchedule::take(base::SteadyTime now) {
  const auto when = next();
  if (!when || *when > now) return std::nullopt;
  if (!*active_) {
    sent_ = false;
    return false;
  }
  if (sent_ != true) {
    edge_ = now;
    repeats_ = 0;
  } else if (repeats_ < 2) {
    ++repeats_;
  }
  sent_ = true;
  last_true_ = now;
  return true;
}

}  // namespace weir::rpc
