#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <set>
#include <stop_token>

#include "base/backoff.h"
#include "base/clock.h"
#include "kube/json.h"

namespace weir::kube {

struct WorkQueueOptions {
  std::chrono::milliseconds first_retry{100};
  std::chrono::milliseconds most_retry{60'000};
};

// Keys of objects that wait to be looked at, each at most once; one that is being worked on is handed out again only
// after done(). Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(WorkQueueOptions options = {}) : options_(options) {}

  void add(const ObjectKey& key);
  // No earlier than that from now; of several, the earliest counts.
  void add_after(const ObjectKey& key, std::chrono::milliseconds delay);
  // After a delay that doubles with each failure since forget().
  void retry(const ObjectKey& key);
  // It went well: the next failure waits for the shortest time again.
  void forget(const ObjectKey& key);

  // The next key, waiting for one. None when stopped.
  std::optional<ObjectKey> take(const std::stop_token& stop);
  // Of a key that take() gave.
  void done(const ObjectKey& key);

  // Keys that are due and not being worked on.
  std::size_t size() const;

 private:
  void add_locked(const ObjectKey& key);
  void move_due(base::SteadyTime now);

  const WorkQueueOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::queue<ObjectKey> ready_;
  std::set<ObjectKey> waiting_;  // in ready_, or to be put there by done()
  std::set<ObjectKey> working_;
  std::set<std::pair<base::SteadyTime, ObjectKey>> delayed_;
  std::map<ObjectKey, base::SteadyTime> due_;  // of each in delayed_
  std::map<ObjectKey, base::Backoff> failures_;
};

}  // namespace weir::kube
