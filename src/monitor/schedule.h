#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "monitor/fair_share.h"

namespace weir::monitor {

// When the subscriptions of one session are refreshed: each once an interval, in one of ten slots chosen by the hash of
// its topic or group, so that work spreads evenly and those of a slot share their requests. While refreshing takes more
// than half of the interval it grows, for the namespaces that ask for more than their fair share. Not thread-safe.
class Schedule {
 public:
  static constexpr int kSlots = 10;

  explicit Schedule(std::chrono::milliseconds interval) : base_(interval), interval_(interval) {}

  // Which slot what has this name belongs to.
  static int slot_of(std::string_view name);
  // The first time after `now` at which what a namespace has in this slot is due.
  base::SteadyTime next(std::string_view ns, int slot, base::SteadyTime now) const;

  // A refresh of `refreshed` subscriptions out of `total` took `busy`.
  void record(std::chrono::nanoseconds busy, std::size_t refreshed, std::size_t total);

  // As record(), of one in which some were waited for in vain: whatever its size, that is what a batch of `most` takes.
  // It only makes the interval longer, and by itself no longer than `longest`.
  void record_waited(std::chrono::nanoseconds busy, std::size_t most, std::size_t total,
                     std::chrono::milliseconds longest);

  // How many groups each namespace has now.
  void share(const Shares& groups);

  // What every namespace's would be if they shared alike.
  std::chrono::milliseconds interval() const { return interval_; }
  std::chrono::milliseconds interval(std::string_view ns) const;

 private:
  // Refreshing all took so long, as far as a batch of `refreshed` can tell.
  void note(std::chrono::nanoseconds full, std::size_t refreshed, std::size_t total);

  std::chrono::milliseconds base_;
  std::chrono::milliseconds interval_;
  std::map<std::string, std::chrono::milliseconds, std::less<>> intervals_;  // where they differ from the base
  // What refreshing every subscription once takes, as a moving average over slots.
  std::chrono::nanoseconds full_refresh_{0};
};

}  // namespace weir::monitor
