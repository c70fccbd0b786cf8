#include "monitor/subscription.h"

#include <algorithm>
#include <utility>

#include "base/parse.h"
#include "base/prefetch.h"

namespace weir::monitor {
namespace {

using base::ErrorCode;

// Kafka gave an answer, as opposed to none: waiting longer does not change it.
bool is_definite(ErrorCode code) {
  return code != ErrorCode::kUnavailable && code != ErrorCode::kInternal;
}

base::Error not_yet(const SubscriptionKey& key) {
  return {ErrorCode::kUnavailable, fmt::format("group {}: no answer from Kafka yet through session {}; ask again",
                                               key.group, key.source->name())};
}

}  // namespace

// The mutex is recursive because a listener may give up its guard in its own call.
struct Subscription::Listener {
  std::recursive_mutex mutex;
  Listen call;

  ~Listener() = default;
  void stop() {
    const std::scoped_lock lock(mutex);
    call = nullptr;
  }
  void operator()(const SnapshotPtr& snapshot) {
    const std::scoped_lock lock(mutex);
    if (!call) return;
    const Listen running = call;
    running(snapshot);
  }
};

std::variant<Subscription::Answer, Subscription::WaiterId> Subscription::ask(base::SteadyTime now,
                                                                             std::chrono::milliseconds max_stale,
                                                                             Done done) {
  const std::scoped_lock lock(mutex_);
  last_asked_ = now;
  if (auto known = answer(now, max_stale)) return *std::move(known);
  waiters_.emplace(++last_waiter_, std::move(done));
  heard_ = true;
  return last_waiter_;
}

bool Subscription::expire(WaiterId id) {
  Done done;
  {
    const std::scoped_lock lock(mutex_);
    auto waiter = waiters_.extract(id);
    if (waiter.empty()) return false;
    done = std::move(waiter.mapped());
  }
  done(std::unexpected(not_yet(key_)));
  return true;
}

void Subscription::abandon() {
  std::vector<Done> waiters;
  {
    const std::scoped_lock lock(mutex_);
    waiters = take_waiters();
  }
  for (const Done& done : waiters)
    done(base::fail(ErrorCode::kUnavailable, "Weir is stopping; ask again"));
}

Subscription::Answer Subscription::peek(base::SteadyTime now, std::chrono::milliseconds max_stale) const {
  const std::scoped_lock lock(mutex_);
  return answer(now, max_stale).value_or(std::unexpected(not_yet(key_)));
}

void Subscription::publish(const SnapshotPtr& snapshot, base::SteadyTime now, std::chrono::milliseconds max_stale) {
  std::vector<Done> waiters;
  std::vector<std::shared_ptr<Listener>> listeners;
  Answer current;
  {
    const std::scoped_lock lock(mutex_);
    snapshot_ = snapshot;
    refreshed_ = true;
    if (!heard_) return;
    error_.reset();
    current = answer(now, max_stale).value();
    waiters = take_waiters();
    listeners = live_listeners();
    heard_ = !listeners.empty();
  }
  for (const Done& done : waiters)
    done(current);
  for (const auto& listener : listeners)
    (*listener)(snapshot);
}

void Subscription::amend(const SnapshotPtr& before, const SnapshotPtr& snapshot) {
  std::vector<std::shared_ptr<Listener>> listeners;
  {
    const std::scoped_lock lock(mutex_);
    if (error_ || snapshot_ != before) return;
    snapshot_ = snapshot;
    listeners = live_listeners();
  }
  for (const auto& listener : listeners)
    (*listener)(snapshot);
}

std::shared_ptr<void> Subscription::await_first_record(const std::shared_ptr<Subscription>& subscription) {
  ++subscription->waiting_for_first_record_;
  return {subscription.get(), [subscription](void*) { --subscription->waiting_for_first_record_; }};
}

void Subscription::fail(base::Error error, base::SteadyTime now, std::chrono::milliseconds max_stale) {
  std::vector<Done> waiters;
  Answer current;
  {
    const std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    heard_ = true;
    refreshed_ = true;
    current = answer(now, max_stale).value();
    waiters = take_waiters();
  }
  for (const Done& done : waiters)
    done(current);
}

void Subscription::keep() {
  const std::scoped_lock lock(mutex_);
  kept_ = true;
}

bool Subscription::kept() const {
  const std::scoped_lock lock(mutex_);
  return kept_;
}

bool Subscription::drop_unused(base::SteadyTime now, std::chrono::milliseconds unused_after) {
  const std::scoped_lock lock(mutex_);
  if (now - last_asked_ <= unused_after || !waiters_.empty()) return false;
  if (!std::ranges::all_of(listeners_, [](const auto& listener) { return listener.expired(); })) return false;
  kept_ = false;
  refreshed_ = false;
  error_.reset();
  return true;
}

ListenerGuard Subscription::listen(Listen listener) {
  auto held = std::make_shared<Listener>();
  held->call = std::move(listener);
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(listeners_, [](const auto& other) { return other.expired(); });
    listeners_.push_back(held);
    heard_ = true;
  }
  Listener* const raw = held.get();
  return {raw, [held = std::move(held)](void*) mutable {
            held->stop();
            held.reset();
          }};
}

SubscriptionStatus Subscription::status() const {
  const std::scoped_lock lock(mutex_);
  return {snapshot_, error_, created_};
}

void Subscription::prefetch() const {
  constexpr std::size_t kLines = 3;  // up to the key
  const auto* const begin = reinterpret_cast<const char*>(this);
  for (std::size_t line = 0; line < kLines; ++line)
    base::prefetch(begin + line * base::kCacheLine);
}

SnapshotPtr Subscription::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

std::optional<base::SteadyTime> Subscription::snapshot_taken() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_ ? std::optional(snapshot_->taken) : std::nullopt;
}

std::optional<Subscription::Answer> Subscription::answer(base::SteadyTime now,
                                                         std::chrono::milliseconds max_stale) const {
  if (snapshot_ && now - snapshot_->taken <= max_stale) return snapshot_;
  if (!refreshed_) return std::nullopt;
  return too_old(now, max_stale);
}

Subscription::Answer Subscription::too_old(base::SteadyTime now, std::chrono::milliseconds max_stale) const {
  if (error_ && (!snapshot_ || is_definite(error_->code))) return std::unexpected(*error_);
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - snapshot_->taken);
  return base::fail(ErrorCode::kUnavailable,
                    "group {}: the last answer from Kafka is {} old, more than --max-stale {}: {}", key_.group,
                    base::format_duration(age), base::format_duration(max_stale),
                    error_ ? error_->message : "refreshing");
}

std::vector<std::shared_ptr<Subscription::Listener>> Subscription::live_listeners() {
  std::vector<std::shared_ptr<Listener>> live;
  std::erase_if(listeners_, [](const auto& listener) { return listener.expired(); });
  for (const auto& listener : listeners_)
    if (auto held = listener.lock()) live.push_back(std::move(held));
  return live;
}

std::vector<Subscription::Done> Subscription::take_waiters() {
  std::vector<Done> taken;
  taken.reserve(waiters_.size());
  for (auto& [id, done] : waiters_)
    taken.push_back(std::move(done));
  waiters_.clear();
  return taken;
}

}  // namespace weir::monitor
