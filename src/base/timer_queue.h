#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace weir::base {

// Runs callbacks at their times, one after another, on one thread of its own. Thread-safe.
// Callbacks must not block; they may call schedule and cancel. Destruction drops what has not run yet.
class TimerQueue {
 public:
  using Id = std::uint64_t;

  TimerQueue();
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Runs `callback` at `when` or as soon after it as the thread is free. The id is never 0.
  Id schedule(SteadyTime when, std::function<void()> callback);

  // Lets the callback that is running end; no other will run, now or later. Not from a callback.
  void stop();

  // True if the callback will not run; false if it has run, is running, or was never scheduled.
  bool cancel(Id id);

 private:
  using Key = std::pair<SteadyTime, Id>;

  void run(std::stop_token stop);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<Key, std::function<void()>> due_;
  std::map<Id, SteadyTime> times_;
  Id last_id_ = 0;
  std::jthread thread_;
};

}  // namespace weir::base
