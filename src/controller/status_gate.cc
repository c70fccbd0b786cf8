#include "controller/status_gate.h"

#include <algorithm>

namespace weir::controller {

using std::chrono::milliseconds;

milliseconds StatusGate::ask(const kube::ObjectKey& key, base::SteadyTime now) {
  const std::scoped_lock lock(mutex_);
  const auto [found, added] = places_.try_emplace(key);
  Place& place = found->second;
  if (!place.kept) {
    place.kept = std::max({now, next_, added ? now : place.written + per_group_});
    next_ = *place.kept + between_;
  }
  if (*place.kept > now) return std::chrono::ceil<milliseconds>(*place.kept - now);
  place.written = now;
  place.kept.reset();
  return milliseconds(0);
}

void StatusGate::forget(const kube::ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  places_.erase(key);
}

}  // namespace weir::controller
