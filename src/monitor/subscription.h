#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include "monitor/monitor.h"

namespace weir::monitor {

// The state of one subscription: its last good snapshot, the error of its last refresh, who waits for the first answer
// and who listens. Thread-safe. Callbacks run without the lock held.
class Subscription {
 public:
  using Answer = Monitor::Answer;
  using Done = std::function<void(const Answer&)>;
  using Listen = std::function<void(const SnapshotPtr&)>;
  using WaiterId = std::uint64_t;

  // `gone` counts those that are destroyed; null: nobody wants to know.
  Subscription(SubscriptionKey key, base::SteadyTime now, std::string ns = {},
               std::shared_ptr<std::atomic<std::size_t>> gone = {})
      : key_(std::move(key)), ns_(std::move(ns)), gone_(std::move(gone)), created_(now), last_asked_(now) {}
  ~Subscription() {
    if (gone_) ++*gone_;
  }
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  const SubscriptionKey& key() const { return key_; }
  // Out of whose share it is refreshed.
  const std::string& ns() const { return ns_; }

  // The answer there is, or the id under which `done` waits for the first one. Counts as demand.
  std::variant<Answer, WaiterId> ask(base::SteadyTime now, std::chrono::milliseconds max_stale, Done done);

  // Ends one waiter with kUnavailable. False when it was answered before.
  bool expire(WaiterId id);

  // Ends all waiters with kUnavailable: the process stops.
  void abandon();

  // kUnavailable where ask() would wait.
  Answer peek(base::SteadyTime now, std::chrono::milliseconds max_stale) const;

  // A refresh ended. Waiters get the answer, listeners the snapshot.
  void publish(const SnapshotPtr& snapshot, base::SteadyTime now, std::chrono::milliseconds max_stale);
  void fail(base::Error error, base::SteadyTime now, std::chrono::milliseconds max_stale);

  // A watch saw more than the last refresh did: replaces the snapshot `before` by this one, and listeners hear it. Not
  // where that refresh failed, or another has ended since.
  void amend(const SnapshotPtr& before, const SnapshotPtr& snapshot);

  // A worker keeps this refreshed from now on.
  void keep();
  bool kept() const;
  // Where nobody asks or listens any more: true, and nobody keeps it refreshed from now on. An answer that is too old
  // is then waited for again.
  bool drop_unused(base::SteadyTime now, std::chrono::milliseconds unused_after);

  ListenerGuard listen(Listen listener);

  // Counts somebody who waits for a first record, as long as the guard lives.
  static std::shared_ptr<void> await_first_record(const std::shared_ptr<Subscription>& subscription);
  bool first_record_wanted() const { return waiting_for_first_record_.load(std::memory_order_relaxed) > 0; }

  SubscriptionStatus status() const;
  SnapshotPtr snapshot() const;
  // Has what a refresh goes through brought into the cache.
  void prefetch() const;
  // When its snapshot was taken, if there is one.
  std::optional<base::SteadyTime> snapshot_taken() const;

 private:
  struct Listener;

  std::optional<Answer> answer(base::SteadyTime now, std::chrono::milliseconds max_stale) const;
  Answer too_old(base::SteadyTime now, std::chrono::milliseconds max_stale) const;
  std::vector<Done> take_waiters();
  std::vector<std::shared_ptr<Listener>> live_listeners();

  // What every refresh goes through comes first, as it is in the cache of nobody by then.
  SnapshotPtr snapshot_;
  bool kept_ = false;
  bool refreshed_ = false;  // a refresh has ended, well or not, since this was last kept
  bool heard_ = false;      // somebody waits or listens, or there is an error; may be true without
  mutable std::mutex mutex_;
  const SubscriptionKey key_;
  const std::string ns_;
  const std::shared_ptr<std::atomic<std::size_t>> gone_;
  const base::SteadyTime created_;
  base::SteadyTime last_asked_;
  std::optional<base::Error> error_;
  WaiterId last_waiter_ = 0;
  std::map<WaiterId, Done> waiters_;
  std::vector<std::weak_ptr<Listener>> listeners_;
  std::atomic<int> waiting_for_first_record_ = 0;
};

}  // namespace weir::monitor
