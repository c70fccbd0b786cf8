#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/timer_queue.h"
#include "lag/offset_source.h"
#include "lag/offsets.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::monitor {

struct MonitorOptions {
  std::chrono::milliseconds refresh_interval{5000};
  std::chrono::milliseconds max_stale{60'000};
  // How long a first call may wait, and for how long first calls are gathered into one refresh.
  std::chrono::milliseconds first_wait{1500};
  std::chrono::milliseconds gather{20};
  // A subscription that nobody asked for so long, and nobody listens to, is dropped.
  std::chrono::milliseconds unused_after{std::chrono::minutes(5)};
  // A partition whose log has not grown for so long is watched for its first record, where somebody waits for it. 0:
  // none is.
  std::chrono::milliseconds watch_after{5000};
};

// What a snapshot was made of: where nothing of it has changed, the next one says the same.
struct SnapshotMark {
  lag::CommitsMark commits;                    // none: not to be told apart
  std::uint64_t log_ends = 0, log_starts = 0;  // versions of those of its topics (LogEnds, LogStarts)
  bool needs_log_starts = false;
};

// One consistent view of a group: committed offsets were read before end offsets. Immutable.
struct Snapshot {
  base::SteadyTime taken;
  base::SystemTime taken_at;
  std::shared_ptr<const lag::GroupOffsets> offsets;  // never null; that of the snapshot before where nothing has moved
  SnapshotMark mark = {};
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// A group as one session sees it. No topics: all that the group has committed to.
struct SubscriptionKey {
  std::shared_ptr<lag::OffsetSource> source;
  std::string group;
  std::vector<std::string> topics;

  bool operator==(const SubscriptionKey&) const = default;
};

// What /status shows of a subscription, and what its holder reads. `error` is that of the last refresh, if it failed.
struct SubscriptionStatus {
  SnapshotPtr snapshot;  // the last good one, however old; null before the first
  std::optional<base::Error> error;
  base::SteadyTime created;
};

class Subscription;
using SubscriptionPtr = std::shared_ptr<Subscription>;

// Takes a listener away when destroyed. No call is running or will come after that, unless destroyed in the call
// itself.
using ListenerGuard = std::shared_ptr<void>;

// Keeps snapshots of every group that somebody needs, refreshed in the background by one thread a session. Thread-safe.
class Monitor {
 public:
  Monitor(MonitorOptions options, const base::Clock& clock, telemetry::Logger logger, telemetry::Registry& registry);
  ~Monitor();  // stops all threads; waiting calls get kUnavailable

  // The subscription of this key, made if need be. Equal keys give the same one. Holding it does not keep it refreshed:
  // calls of get() and listeners do.
  // `ns` is the namespace out of whose fair share it is refreshed: that of who asked first.
  SubscriptionPtr subscribe(const SubscriptionKey& key, const std::string& ns = {});

  using Answer = base::Result<SnapshotPtr>;

  // Answers at once, on this thread, when there is a snapshot no older than max_stale, or the last refresh failed and
  // there never was one or it is too old. Otherwise when the first refresh ends or first_wait has passed, on another
  // thread. `done` is called exactly once and must not block. The error is that of the last refresh where Kafka's
  // answer was definite, kUnavailable otherwise.
  void get(const SubscriptionPtr& subscription, const std::function<void(const Answer&)>& done);

  // As get(), but never waits: kUnavailable where get() would wait. Does not count as demand.
  Answer peek(const SubscriptionPtr& subscription) const;

  // Calls `listener` with each new snapshot, one call at a time, on a refresh thread; it must not block.
  [[nodiscard]] ListenerGuard listen(const SubscriptionPtr& subscription,
                                     std::function<void(const SnapshotPtr&)> listener);

  // While the guard lives, idle partitions of this subscription are watched, as far as its session can: listeners hear
  // of a first record within milliseconds, in a snapshot with the committed offsets of the one before.
  [[nodiscard]] std::shared_ptr<void> await_first_record(const SubscriptionPtr& subscription);

  SubscriptionStatus status(const SubscriptionPtr& subscription) const;

  // How many refreshed subscriptions ever had a snapshot, and how many of those have none younger than max_stale.
  struct Health {
    std::size_t subscriptions = 0;
    std::size_t stale = 0;
  };
  Health health() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::monitor
