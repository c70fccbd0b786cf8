#include "monitor/monitor.h"

#include <atomic>
#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "base/timer_queue.h"
#include "monitor/instruments.h"
#include "monitor/session_worker.h"
#include "monitor/subscription.h"

namespace weir::monitor {
namespace {

struct ByKey {
  static auto tie(const SubscriptionKey& key) { return std::tie(key.source, key.group, key.topics); }
  bool operator()(const SubscriptionKey& a, const SubscriptionKey& b) const { return tie(a) < tie(b); }
};

}  // namespace

struct Monitor::Impl {
  Impl(MonitorOptions monitor_options, const base::Clock& the_clock, telemetry::Logger log,
       telemetry::Registry& registry)
      : options(monitor_options), clock(the_clock), logger(std::move(log)), instruments(registry) {
    sweep_later();
  }

  // The worker of a session keeps this subscription refreshed, made anew where it has ended.
  void keep_refreshed(const SubscriptionPtr& subscription) {
    if (subscription->kept()) return;
    const std::scoped_lock lock(mutex);
    auto& worker = workers[subscription->key().source.get()];
    if (worker && worker->add(subscription)) return;
    worker = std::make_unique<SessionWorker>(subscription->key().source, options, clock, logger, instruments, *waiting);
    worker->add(subscription);
  }

  // Once a second: forgets workers that have ended, counts what the rest refresh, and forgets what nobody holds any
  // more. What it forgets may hold the last reference to a session, so it is destroyed without the lock.
  void sweep() {
    std::vector<std::unique_ptr<SessionWorker>> ended;
    std::vector<SubscriptionKey> unheld;
    std::size_t count = 0;
    {
      const std::scoped_lock lock(mutex);
      for (auto worker = workers.begin(); worker != workers.end();) {
        if (worker->second->ended()) {
          ended.push_back(std::move(worker->second));
          worker = workers.erase(worker);
        } else {
          count += (worker++)->second->size();
        }
      }
      if (const auto all = gone->load(); all != forgotten) {
        forgotten = all;
        std::erase_if(subscriptions, [&](const auto& known) {
          if (!known.second.expired()) return false;
          unheld.push_back(known.first);
          return true;
        });
      }
    }
    instruments.subscriptions(count);
    sweep_later();
  }

  void sweep_later() {
    timers.schedule(std::chrono::steady_clock::now() + std::chrono::seconds(1), [this] { sweep(); });
  }

  const MonitorOptions options;
  const base::Clock& clock;
  const telemetry::Logger logger;
  const Instruments instruments;

  // Who waits for a first record: their guards may outlive the monitor.
  const std::shared_ptr<std::atomic<int>> waiting = std::make_shared<std::atomic<int>>(0);

  mutable std::mutex mutex;
  std::map<SubscriptionKey, std::weak_ptr<Subscription>, ByKey> subscriptions;
  std::map<const lag::OffsetSource*, std::unique_ptr<SessionWorker>> workers;
  // Subscriptions that nobody holds any more, and as many as there were when they were last looked for.
  const std::shared_ptr<std::atomic<std::size_t>> gone = std::make_shared<std::atomic<std::size_t>>(0);
  std::size_t forgotten = 0;
  base::TimerQueue timers;
};

Monitor::Monitor(MonitorOptions options, const base::Clock& clock, telemetry::Logger logger,
                 telemetry::Registry& registry)
    : impl_(std::make_unique<Impl>(options, clock, std::move(logger), registry)) {}

Monitor::~Monitor() {
  impl_->timers.stop();
  for (const auto& [source, worker] : impl_->workers)
    worker->interrupt();
  impl_->workers.clear();
  for (const auto& [key, known] : impl_->subscriptions)
    if (const auto held = known.lock()) held->abandon();
}

SubscriptionPtr Monitor::subscribe(const SubscriptionKey& key, const std::string& ns) {
  const std::scoped_lock lock(impl_->mutex);
  auto& known = impl_->subscriptions[key];
  if (auto held = known.lock()) return held;
  auto made = std::make_shared<Subscription>(key, impl_->clock.now(), ns, impl_->gone);
  known = made;
  return made;
}

void Monitor::get(const SubscriptionPtr& subscription, const std::function<void(const Answer&)>& done) {
  const auto now = impl_->clock.now();
  auto answer = subscription->ask(now, impl_->options.max_stale, done);
  impl_->keep_refreshed(subscription);
  if (const auto* known = std::get_if<Answer>(&answer)) {
    if (*known && now - (**known)->taken > 2 * impl_->options.refresh_interval) impl_->instruments.stale_answer();
    return done(*known);
  }
  impl_->instruments.first_wait();
  const auto waiter = std::get<Subscription::WaiterId>(answer);
  impl_->timers.schedule(now + impl_->options.first_wait, [this, waiter, weak = std::weak_ptr(subscription)] {
    if (const auto held = weak.lock(); held && held->expire(waiter)) impl_->instruments.waited_out();
  });
}

Monitor::Answer Monitor::peek(const SubscriptionPtr& subscription) const {
  return subscription->peek(impl_->clock.now(), impl_->options.max_stale);
}

ListenerGuard Monitor::listen(const SubscriptionPtr& subscription, std::function<void(const SnapshotPtr&)> listener) {
  auto guard = subscription->listen(std::move(listener));
  impl_->keep_refreshed(subscription);
  return guard;
}

std::shared_ptr<void> Monitor::await_first_record(const SubscriptionPtr& subscription) {
  auto guard = Subscription::await_first_record(subscription);
  ++*impl_->waiting;
  void* const any = guard.get();
  return {any, [guard = std::move(guard), waiting = impl_->waiting](void*) mutable {
            --*waiting;
            guard.reset();
          }};
}

SubscriptionStatus Monitor::status(const SubscriptionPtr& subscription) const {
  return subscription->status();
}

Monitor::Health Monitor::health() const {
  Health health;
  const auto oldest = impl_->clock.now() - impl_->options.max_stale;
  const std::scoped_lock lock(impl_->mutex);
  for (const auto& [source, worker] : impl_->workers)
    worker->add_health(oldest, health);
  return health;
}

}  // namespace weir::monitor
