#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "monitor/first_record_watch.h"
#include "monitor/instruments.h"
#include "monitor/refresh.h"
#include "monitor/schedule.h"
#include "monitor/subscription.h"
#include "telemetry/logging.h"

namespace weir::monitor {

// How many subscriptions each namespace has, or read each topic.
using Tally = std::unordered_map<std::string, std::size_t>;

// Refreshes the subscriptions of one session on a thread of its own, a batch at a time: one flight, which first calls
// join.
//
// While every group of a batch fails for a reason of the session (Kafka away, credentials refused) only one probe group
// and those never refreshed are tried, with back-off; once one answers, all that fell due meanwhile are refreshed at
// once.
class SessionWorker {
 public:
  // `waiting` counts who waits for a first record, in any session: while nobody does, nobody is looked for.
  SessionWorker(std::shared_ptr<lag::OffsetSource> source, const MonitorOptions& options, const base::Clock& clock,
                telemetry::Logger logger, const Instruments& instruments, const std::atomic<int>& waiting);
  ~SessionWorker();

  // Keeps a subscription refreshed from now on; again is fine. False when this worker has ended for lack of work.
  bool add(const SubscriptionPtr& subscription);

  // Whether its thread has ended, so that destroying it does not block.
  bool ended() const;

  // Makes what is under way end soon. Only to be followed by destruction.
  void interrupt() { source_->interrupt(); }

  // How many subscriptions are kept refreshed.
  std::size_t size() const;

  // Adds those that ever had a snapshot; stale are those whose last one was taken before `oldest`.
  void add_health(base::SteadyTime oldest, Monitor::Health& health) const;

 private:
  // All that choosing a batch asks for, as subscriptions lie wherever there was room.
  struct Entry {
    SubscriptionPtr subscription;
    const Tally::value_type* ns = nullptr;
    const Tally::value_type* topic = nullptr;  // of several the first; null in all-topics mode
    std::optional<base::SteadyTime> taken;     // when its last snapshot was
    bool first = true;                         // never refreshed by this worker
    bool one_topic = false;
    std::uint8_t group_slot = 0, topic_slot = 0;
  };
  // A subscription that is refreshed with others, and its place in entries_, from which only the worker's thread takes
  // any away.
  struct Chosen {
    Subscription* subscription;
    std::size_t place;
    bool first;                // to be refreshed for the first time
    const std::string* topic;  // where there is one: shared by those that read it
  };
  using Batch = std::vector<Chosen>;

  void run(std::stop_token stop);
  // In which a subscription is refreshed.
  int slot_of(const Entry& entry) const;
  static Chosen chosen(const Entry& entry, std::size_t place);
  // One that may be refreshed now. Smaller is more urgent: never refreshed yet, then whatever has been due for longest.
  struct Due {
    base::SteadyTime since;
    std::size_t place;
    auto operator<=>(const Due&) const = default;
  };
  std::vector<Due> find_due(base::SteadyTime now) const;
  // How many of these each namespace may have refreshed at once. Sorts them where not all may.
  Shares share_out(std::vector<Due>& due) const;
  base::SteadyTime next_due() const;
  // What is due, with every first refresh that is still being gathered: it joins the flight. While the session is down
  // only those and one to probe it.
  Batch take_batch(base::SteadyTime now);
  void refresh_batch(const Batch& batch);
  void account(const Batch& batch, const std::vector<base::Result<SnapshotPtr>>& results,
               std::chrono::nanoseconds busy);
  void session_failed(const base::Error& error, base::SteadyTime now);
  void session_recovered();
  // Lets go of the lock, which is held, meanwhile.
  void update_watch(std::unique_lock<std::mutex>& lock);
  // Amends what the watch found to have moved, or has it refreshed at once.
  void apply_moves(base::SteadyTime now);
  void moves_found();
  void drop_unused(base::SteadyTime now);
  // Those that may read one of these topics.
  std::vector<SubscriptionPtr> readers_of(const std::set<std::string>& topics) const;

  const std::shared_ptr<lag::OffsetSource> source_;
  const MonitorOptions options_;
  const base::Clock& clock_;
  const telemetry::Logger logger_;
  const Instruments& instruments_;
  const std::atomic<int>& waiting_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Entry> entries_;
  std::vector<base::SteadyTime> due_;              // when each of them is: apart, as all are looked at for each batch
  std::size_t first_ = 0;                          // how many of them are to be refreshed for the first time
  std::unordered_set<const Subscription*> known_;  // those in entries_
  Tally namespaces_, topics_;                      // of entries_
  bool ended_ = false;
  bool woken_ = false;
  bool moved_ = false;  // the watch has found something

  // Of the worker's thread alone.
  Schedule schedule_;
  LogStarts starts_;
  base::Backoff backoff_;
  std::optional<base::SteadyTime> down_until_;  // set: the session is down, and when it is probed next
  std::size_t probe_ = 0;
  FirstRecordWatch watch_;

  std::jthread thread_;
};

}  // namespace weir::monitor
