#include "controller/placement_book.h"

#include <utility>

namespace weir::controller {

PlacementReport unplaced_report(ConditionStatus status, std::string reason, std::string message) {
  return {.placed = std::nullopt, .scheduled = {kScheduled, status, std::move(reason), std::move(message)}};
}

PlacementReport undecided_report() {
  return unplaced_report(ConditionStatus::kUnknown, "Pending", "nothing has been decided yet");
}

bool PlacementBook::put(const kube::ObjectKey& group, PlacementReport report) {
  const std::scoped_lock lock(mutex_);
  const auto [known, added] = reports_.try_emplace(group, report);
  if (added) return true;
  if (known->second == report) return false;
  known->second = std::move(report);
  return true;
}

void PlacementBook::forget(const kube::ObjectKey& group) {
  const std::scoped_lock lock(mutex_);
  reports_.erase(group);
}

std::optional<PlacementReport> PlacementBook::find(const kube::ObjectKey& group) const {
  const std::scoped_lock lock(mutex_);
  const auto found = reports_.find(group);
  return found == reports_.end() ? std::nullopt : std::optional(found->second);
}

void PlacementBook::clear() {
  const std::scoped_lock lock(mutex_);
  reports_.clear();
}

}  // namespace weir::controller
