#include "monitor/schedule.h"

#include <algorithm>

namespace weir::monitor {
namespace {

constexpr std::size_t kTelling = 200;

// FNV-1a, so that every replica and every run of Weir spreads the same groups the same way.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037ULL;
  for (const char c : text)
    value = (value ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return value;
}

std::chrono::nanoseconds full_refresh(std::chrono::nanoseconds busy, std::size_t refreshed, std::size_t total) {
  return busy * static_cast<std::int64_t>(std::max(refreshed, total)) / static_cast<std::int64_t>(refreshed);
}

}  // namespace

std::chrono::milliseconds Schedule::interval(std::string_view ns) const {
  const auto found = intervals_.find(ns);
  return found == intervals_.end() ? base_ : found->second;
}

void Schedule::share(const Shares& groups) {
  intervals_.clear();
  if (interval_ == base_) return;
  std::size_t total = 0;
  for (const auto& [ns, count] : groups)
    total += count;
  // So many can be refreshed in half of the interval that was asked for.
  const auto capacity = total * static_cast<std::size_t>(base_.count()) / static_cast<std::size_t>(interval_.count());
  const auto shares = fair_shares(groups, std::max<std::size_t>(capacity, 1));
  for (const auto& [ns, count] : groups) {
    const auto share = std::max<std::size_t>(shares.at(ns), 1);
    if (share < count) intervals_[ns] = base_ * static_cast<std::int64_t>(count) / static_cast<std::int64_t>(share);
  }
}

int Schedule::slot_of(std::string_view name) {
  return static_cast<int>(hash(name) % kSlots);
}

base::SteadyTime Schedule::next(std::string_view ns, int slot, base::SteadyTime now) const {
  const std::chrono::nanoseconds every = interval(ns);
  const auto phase = every / kSlots * slot;
  const auto since_phase = (now.time_since_epoch() - phase) % every;
  return now - since_phase + every;
}

void Schedule::record(std::chrono::nanoseconds busy, std::size_t refreshed, std::size_t total) {
  if (refreshed == 0) return;
  // A small batch says little of what all would take: a request costs the same for one group as for many.
  const bool telling = refreshed >= kTelling || refreshed * kSlots >= total;
  if (telling) note(full_refresh(busy, refreshed, total), refreshed, total);
}

void Schedule::record_waited(std::chrono::nanoseconds busy, std::size_t most, std::size_t total,
                             std::chrono::milliseconds longest) {
  const auto full = std::min<std::chrono::nanoseconds>(full_refresh(busy, most, total), longest / 2);
  if (full > full_refresh_) note(full, most, total);
}

void Schedule::note(std::chrono::nanoseconds full, std::size_t refreshed, std::size_t total) {
  const auto slots_left = std::max<std::int64_t>(1, static_cast<std::int64_t>(total / refreshed));
  full_refresh_ += (full - full_refresh_) / std::min<std::int64_t>(slots_left + 1, kSlots);
  interval_ = std::max(base_, std::chrono::duration_cast<std::chrono::milliseconds>(full_refresh_ * 2));
}

}  // namespace weir::monitor
