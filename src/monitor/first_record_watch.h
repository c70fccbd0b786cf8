#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/clock.h"
#include "lag/offset_source.h"
#include "monitor/instruments.h"
#include "monitor/log_ends.h"
#include "monitor/monitor.h"

namespace weir::monitor {

// Has the session of one worker watched for first records: the idle partitions of topics that a subscription needs
// whose listener waits for one. Used by the worker's thread; what the session finds is taken from it there.
class FirstRecordWatch {
 public:
  // `found` is called, on a thread of the session, when take() has something; it must not block. A `watch_after` of 0
  // watches nothing.
  FirstRecordWatch(lag::OffsetSource& source, std::chrono::milliseconds watch_after, const Instruments& instruments,
                   std::function<void()> found);
  ~FirstRecordWatch();

  LogEnds& ends() { return ends_; }

  // Watches what these need now. Does so only now and then: due() tells whether it would.
  bool due(base::SteadyTime now) const;
  void update(std::span<const SubscriptionPtr> subscriptions, base::SteadyTime now);

  // What moved since the last call; their ends are noted.
  std::vector<lag::LogEndMove> take(base::SteadyTime now);

 private:
  void found(const std::vector<lag::LogEndMove>& moves);

  lag::OffsetSource& source_;
  const std::chrono::milliseconds watch_after_;
  const Instruments& instruments_;
  const std::function<void()> found_;
  LogEnds ends_;
  base::SteadyTime updated_;
  std::size_t watched_ = 0;

  std::mutex mutex_;
  std::vector<lag::LogEndMove> moves_;

  std::unique_ptr<lag::LogEndWatch> watch_;  // last: its listener uses the rest
};

// A snapshot after these moves: null where none of them changes it. It is as old as the one before, whose committed
// offsets it has.
SnapshotPtr with_moves(const SnapshotPtr& before, std::span<const lag::LogEndMove> moves, base::SteadyTime now);

}  // namespace weir::monitor
