#include "monitor/session_worker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/prefetch.h"
#include "base/this_thread.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstProbe = 250ms;
// Kafka counts refused logins; more patience than with a broker that is away, yet well within the 5 s of a rotated
// password.
constexpr auto kLastProbe = 1000ms;
constexpr std::chrono::milliseconds kLook{1000};
constexpr std::chrono::milliseconds kMostDropEvery{10'000};
// Longer batches may take longer, as long as single requests are answered.
constexpr auto kBatchTime = 2000ms;
constexpr auto kTimePerGroup = 10ms;
// A batch of several namespaces is shorter, so that nobody's few groups wait for another's many.
constexpr std::size_t kMostOfOneNamespace = 1000;
constexpr std::size_t kMostOfSeveral = 250;

bool is_of_session(const base::Error& error) {
  return error.code == base::ErrorCode::kUnavailable || error.code == base::ErrorCode::kUnauthenticated;
}

bool is_unanswered(const base::Result<SnapshotPtr>& result) {
  return !result && result.error().code == base::ErrorCode::kUnavailable;
}

std::size_t most_at_once(std::size_t namespaces) {
  return namespaces > 1 ? kMostOfSeveral : kMostOfOneNamespace;
}

// How many are counted under a name, which stays where it is until none is.
const Tally::value_type* count(Tally& tally, const std::string& name) {
  const auto counted = tally.try_emplace(name).first;
  ++counted->second;
  return &*counted;
}

void discount(Tally& tally, const Tally::value_type* counted) {
  if (counted == nullptr) return;
  const auto found = tally.find(counted->first);
  if (--found->second == 0) tally.erase(found);
}

// The share of a namespace. Those that follow each other are mostly of one.
class ShareOf {
 public:
  explicit ShareOf(Shares& shares) : shares_(shares) {}

  std::size_t& operator()(const Tally::value_type& ns) {
    if (std::exchange(last_, &ns) != &ns) share_ = shares_.try_emplace(ns.first).first;
    return share_->second;
  }

 private:
  Shares& shares_;
  const Tally::value_type* last_ = nullptr;
  Shares::iterator share_;
};

// The error that every group of a batch shares, if the whole session failed.
const base::Error* common_error(const std::vector<base::Result<SnapshotPtr>>& results) {
  for (const auto& result : results)
    if (result || !is_of_session(result.error())) return nullptr;
  return results.empty() ? nullptr : &results.front().error();
}

}  // namespace

SessionWorker::SessionWorker(std::shared_ptr<lag::OffsetSource> source, const MonitorOptions& options,
                             const base::Clock& clock, telemetry::Logger logger, const Instruments& instruments,
                             const std::atomic<int>& waiting)
    : source_(std::move(source)),
      options_(options),
      clock_(clock),
      logger_(std::move(logger)),
      instruments_(instruments),
      waiting_(waiting),
      schedule_(options.refresh_interval),
      backoff_(kFirstProbe, kLastProbe),
      watch_(*source_, options.watch_after, instruments, [this] { moves_found(); }),
      thread_([this](std::stop_token stop) { run(stop); }) {}

SessionWorker::~SessionWorker() {
  thread_.request_stop();
  if (!ended()) source_->interrupt();
  changed_.notify_all();
}

bool SessionWorker::add(const SubscriptionPtr& subscription) {
  const std::scoped_lock lock(mutex_);
  if (ended_) return false;
  if (!known_.insert(subscription.get()).second) return true;
  Entry& entry = entries_.emplace_back();
  entry.subscription = subscription;
  entry.ns = count(namespaces_, subscription->ns());
  entry.group_slot = static_cast<std::uint8_t>(Schedule::slot_of(subscription->key().group));
  if (const auto& topics = subscription->key().topics; !topics.empty()) {
    entry.topic = count(topics_, topics.front());
    entry.one_topic = topics.size() == 1;
    entry.topic_slot = static_cast<std::uint8_t>(Schedule::slot_of(topics.front()));
  }
  entry.taken = subscription->snapshot_taken();
  due_.push_back(clock_.now() + options_.gather);
  ++first_;
  subscription->keep();
  woken_ = true;
  changed_.notify_all();
  return true;
}

bool SessionWorker::ended() const {
  const std::scoped_lock lock(mutex_);
  return ended_;
}

std::vector<SubscriptionPtr> SessionWorker::readers_of(const std::set<std::string>& topics) const {
  const std::scoped_lock lock(mutex_);
  std::unordered_set<const Tally::value_type*> read;
  for (const auto& topic : topics)
    if (const auto found = topics_.find(topic); found != topics_.end()) read.insert(&*found);
  std::vector<SubscriptionPtr> readers;
  for (const Entry& entry : entries_)
    if (!entry.one_topic || read.contains(entry.topic)) readers.push_back(entry.subscription);
  return readers;
}

std::size_t SessionWorker::size() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

void SessionWorker::add_health(base::SteadyTime oldest, Monitor::Health& health) const {
  const std::scoped_lock lock(mutex_);
  for (const Entry& entry : entries_) {
    if (!entry.taken) continue;
    ++health.subscriptions;
    if (*entry.taken < oldest) ++health.stale;
  }
}

void SessionWorker::run(std::stop_token stop) {
  base::name_this_thread("refresh");
  base::let_others_go_first();
  const auto drop_every = std::clamp<std::chrono::milliseconds>(options_.unused_after / 30, kLook, kMostDropEvery);
  auto last_look = clock_.now();
  auto last_drop = last_look;
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const auto now = clock_.now();
    if (now - last_drop >= drop_every) {
      last_drop = now;
      drop_unused(now);
      if (entries_.empty()) {
        ended_ = true;
        return;
      }
    }
    if (now - last_look >= kLook) {
      last_look = now;
      update_watch(lock);
    }
    if (std::exchange(moved_, false)) {
      lock.unlock();
      apply_moves(now);
      lock.lock();
      continue;
    }
    const auto due = next_due();
    if (due > now) {
      woken_ = false;
      changed_.wait_until(lock, stop, std::min(due, last_look + kLook), [this] { return woken_; });
      continue;
    }
    const auto batch = take_batch(now);
    lock.unlock();
    if (!batch.empty()) refresh_batch(batch);
    lock.lock();
    update_watch(lock);
  }
}

void SessionWorker::update_watch(std::unique_lock<std::mutex>& lock) {
  const auto now = clock_.now();
  if (!watch_.due(now)) return;
  std::vector<SubscriptionPtr> waiting;
  if (waiting_ > 0)
    for (const Entry& entry : entries_)
      if (entry.subscription->first_record_wanted()) waiting.push_back(entry.subscription);
  lock.unlock();
  watch_.update(waiting, now);
  lock.lock();
}

void SessionWorker::moves_found() {
  const std::scoped_lock lock(mutex_);
  moved_ = true;
  woken_ = true;
  changed_.notify_all();
}

void SessionWorker::apply_moves(base::SteadyTime now) {
  const auto moves = watch_.take(now);
  std::set<std::string> moved, unclear;
  for (const auto& move : moves) {
    moved.insert(move.topic);
    if (!move.log_end) unclear.insert(move.topic);
  }
  std::unordered_set<const Subscription*> affected;
  for (const auto& subscription : readers_of(moved)) {
    const auto before = subscription->snapshot();
    if (const auto after = with_moves(before, moves, now)) subscription->amend(before, after);
    if (unclear.empty() || !before) continue;
    if (std::ranges::any_of(*before->offsets, [&](const auto& topic) { return unclear.contains(topic.topic); }))
      affected.insert(subscription.get());
  }
  if (affected.empty()) return;
  const std::scoped_lock lock(mutex_);
  for (std::size_t place = 0; place < entries_.size(); ++place)
    if (affected.contains(entries_[place].subscription.get())) due_[place] = std::min(due_[place], now);
}

// Those of one topic share its log end offsets, so they are refreshed together, unless they are so many that the slots
// would be of very different sizes.
int SessionWorker::slot_of(const Entry& entry) const {
  const bool many = entry.topic == nullptr || entry.topic->second * Schedule::kSlots > 2 * entries_.size();
  return many ? entry.group_slot : entry.topic_slot;
}

base::SteadyTime SessionWorker::next_due() const {
  auto due = down_until_.value_or(base::SteadyTime::max());
  for (std::size_t place = 0; place < entries_.size(); ++place)
    if (!down_until_ || entries_[place].first) due = std::min(due, due_[place]);
  return due;
}

std::vector<SessionWorker::Due> SessionWorker::find_due(base::SteadyTime now) const {
  std::vector<Due> due;
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    if (first_ > 0 && entries_[place].first) {
      due.push_back({base::SteadyTime::min(), place});
    } else if (!down_until_ && due_[place] <= now) {
      due.push_back({due_[place], place});
    }
  }
  return due;
}

Shares SessionWorker::share_out(std::vector<Due>& due) const {
  Shares wanted;
  ShareOf wanted_of(wanted);
  for (const Due& each : due)
    ++wanted_of(*entries_[each.place].ns);
  const std::size_t most = most_at_once(wanted.size());
  if (due.size() <= most) return wanted;
  std::ranges::sort(due);
  if (wanted.size() <= most) return fair_shares(wanted, most);
  // Not even one of each: those whose first has waited for longest.
  Shares shares;
  for (auto each = due.begin(); shares.size() < most; ++each)
    shares.emplace(entries_[each->place].ns->first, 1);
  return shares;
}

SessionWorker::Chosen SessionWorker::chosen(const Entry& entry, std::size_t place) {
  return {entry.subscription.get(), place, entry.first, entry.one_topic ? &entry.topic->first : nullptr};
}

SessionWorker::Batch SessionWorker::take_batch(base::SteadyTime now) {
  auto due = find_due(now);
  Shares left = share_out(due);
  ShareOf left_of(left);
  Batch batch;
  for (const auto& [since, place] : due) {
    Entry& entry = entries_[place];
    std::size_t& most = left_of(*entry.ns);
    if (most == 0) continue;
    --most;
    batch.push_back(chosen(entry, place));
    due_[place] = schedule_.next(entry.ns->first, slot_of(entry), now);
    if (std::exchange(entry.first, false)) --first_;
  }
  if (!down_until_ || !batch.empty()) return batch;
  if (entries_.empty()) {
    down_until_ = now + kLastProbe;
  } else {
    const std::size_t probe = probe_++ % entries_.size();
    batch.push_back(chosen(entries_[probe], probe));
  }
  return batch;
}

void SessionWorker::refresh_batch(const Batch& batch) {
  for (const Chosen& each : batch)
    each.subscription->prefetch();
  std::vector<RefreshItem> items;
  items.reserve(batch.size());
  for (const auto& [subscription, place, first, topic] : batch) {
    const auto& item = items.emplace_back(RefreshItem{&subscription->key(), subscription->snapshot(), !first, topic});
    base::prefetch(item.key->group.data());
    base::prefetch(item.before.get());
  }
  const auto begin = clock_.now();
  const auto allowed = kBatchTime + kTimePerGroup * static_cast<std::int64_t>(batch.size());
  const auto results = refresh(*source_, items, starts_, watch_.ends(), clock_, begin + allowed);
  const auto end = clock_.now();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (results[i]) {
      batch[i].subscription->publish(*results[i], end, options_.max_stale);
    } else {
      batch[i].subscription->fail(results[i].error(), end, options_.max_stale);
    }
  }
  account(batch, results, end - begin);
}

void SessionWorker::account(const Batch& batch, const std::vector<base::Result<SnapshotPtr>>& results,
                            std::chrono::nanoseconds busy) {
  const std::size_t size = batch.size();
  const auto failed = static_cast<std::size_t>(std::ranges::count_if(results, [](const auto& r) { return !r; }));
  instruments_.refreshed(size, failed, busy);
  const auto now = clock_.now();
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < size; ++i)
      if (results[i]) entries_[batch[i].place].taken = (*results[i])->taken;
  }
  if (const base::Error* error = common_error(results)) return session_failed(*error, now);
  session_recovered();
  const auto before = schedule_.interval();
  {
    const std::scoped_lock lock(mutex_);
    // A group that Kafka refused has had its answer.
    if (std::ranges::none_of(results, is_unanswered)) {
      schedule_.record(busy, size, entries_.size());
    } else {
      const std::size_t most = std::max(size, most_at_once(namespaces_.size()));
      schedule_.record_waited(busy, most, entries_.size(), options_.max_stale / 2);
    }
    Shares groups;
    if (schedule_.interval() > options_.refresh_interval) groups.insert(namespaces_.begin(), namespaces_.end());
    schedule_.share(groups);
  }
  if (schedule_.interval() >= before * 2) {
    logger_.warn("refreshing takes over half of the interval, which grows",
                 {{"session", source_->name()}, {"interval_ms", std::int64_t{schedule_.interval().count()}}});
  }
}

void SessionWorker::session_failed(const base::Error& error, base::SteadyTime now) {
  const auto wait = backoff_.next(0.5);
  if (!down_until_) {
    logger_.warn("session fails, its last snapshots serve", {{"session", source_->name()},
                                                             {"code", base::to_string(error.code)},
                                                             {"err", error.message},
                                                             {"retry_in_ms", std::int64_t{wait.count()}}});
  }
  const std::scoped_lock lock(mutex_);
  down_until_ = now + wait;
}

void SessionWorker::session_recovered() {
  backoff_.reset();
  const std::scoped_lock lock(mutex_);
  if (!down_until_) return;
  down_until_.reset();
  logger_.info("session answers again", {{"session", source_->name()}});
}

void SessionWorker::drop_unused(base::SteadyTime now) {
  std::size_t kept = 0;
  for (std::size_t place = 0; place < entries_.size(); ++place) {
    Entry& entry = entries_[place];
    if (entry.subscription->drop_unused(now, options_.unused_after)) {
      known_.erase(entry.subscription.get());
      discount(namespaces_, entry.ns);
      discount(topics_, entry.topic);
      if (entry.first) --first_;
      continue;
    }
    due_[kept] = due_[place];
    if (kept != place) entries_[kept] = std::move(entry);
    ++kept;
  }
  entries_.resize(kept);
  due_.resize(kept);
}

}  // namespace weir::monitor
