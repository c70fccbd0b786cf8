#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "controller/placement_book.h"
#include "controller/pool_state.h"
#include "kube/client.h"
#include "kube/event_recorder.h"
#include "kube/informer.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::controller {

// Where a worker finds an object by its key; null: there is none.
struct PoolSources {
  using Get = std::function<kube::ObjectPtr(const kube::ObjectKey&)>;
  Get stateful_set, pod, node;
  Get group;  // null for groups of other pools too
  // When nodes could last not be watched; none: never.
  std::function<std::optional<base::SteadyTime>()> nodes_failing = [] { return std::optional<base::SteadyTime>(); };
};

// Objects that a worker is to look at again.
struct PoolNews {
  bool stateful_set = false;
  std::set<kube::ObjectKey> pods, groups;
  std::set<std::string> nodes;
  std::vector<kube::Change> assignments;

  bool empty() const { return !stateful_set && pods.empty() && groups.empty() && nodes.empty() && assignments.empty(); }
};

// Schedules one pool, on a thread of its own: takes what changed in batches, decides, writes the assignments and the
// StatefulSet's scale, and only then reports placements to the book. Thread-safe.
class PoolWorker {
 public:
  struct Parts {
    kube::Client& client;
    PoolSources sources;
    PlacementBook& book;
    kube::EventRecorder& events;
    const base::Clock& clock;
    telemetry::Registry& registry;
    std::function<void(const kube::ObjectKey&)> reported;  // a group whose report is news; must not block
  };
  PoolWorker(kube::ObjectKey pool, Parts parts, placement::Profile profile, placement::Patience patience,
             telemetry::Logger logger);
  ~PoolWorker();  // waits for the write that is under way

  // `all` is every object there is. Nothing is decided before it has been looked at.
  void start(PoolNews all);
  void stop() { thread_.request_stop(); }
  // Adds to what is to be looked at.
  void tell(const std::function<void(PoolNews&)>& add);

  PoolView view() const;

 private:
  void run(const std::stop_token& stop);
  bool await_news(const std::stop_token& stop);
  void look_at(const PoolNews& news);
  void decide();
  void write_assignments(const std::stop_token& stop);
  void write_each(const std::vector<placement::Ordinal>& pods, bool removals_only, const std::stop_token& stop);
  void write_assignment(placement::Ordinal pod, bool removals_only);
  void fail_assignment(placement::Ordinal pod, const kube::ApiError& error);
  void report();
  void write_replicas();
  void retry_later(const kube::ApiError& error);
  void tell_problem();
  void log(const std::vector<placement::Step>& steps);

  const kube::ObjectKey pool_;
  const Parts parts_;
  const std::chrono::milliseconds hold_;
  const telemetry::Logger logger_;

  mutable std::mutex state_mutex_;  // not held while the API server is asked
  PoolState state_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  PoolNews news_;

  // Of the thread alone, but for while it writes assignments: of those who hold state_mutex_, then.
  std::map<placement::Ordinal, std::string> unwritten_;
  base::Backoff backoff_{std::chrono::milliseconds(100), std::chrono::seconds(30)};
  std::optional<base::SteadyTime> retry_;
  bool failed_ = false;                    // in this pass
  std::atomic<bool> unreachable_ = false;  // in this pass: the API server does not answer
  std::jthread thread_;
};

}  // namespace weir::controller
