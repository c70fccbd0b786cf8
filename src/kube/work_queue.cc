#include "kube/work_queue.h"

#include <random>

namespace weir::kube {
namespace {

double random_fraction() {
  thread_local std::minstd_rand generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace

void WorkQueue::add(const ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  add_locked(key);
}

void WorkQueue::add_locked(const ObjectKey& key) {
  if (!waiting_.insert(key).second) return;
  if (working_.contains(key)) return;
  ready_.push(key);
  changed_.notify_one();
}

void WorkQueue::add_after(const ObjectKey& key, std::chrono::milliseconds delay) {
  const std::scoped_lock lock(mutex_);
  const auto when = std::chrono::steady_clock::now() + delay;
  const auto [known, added] = due_.try_emplace(key, when);
  if (!added) {
    if (known->second <= when) return;
    delayed_.erase({known->second, key});
    known->second = when;
  }
  delayed_.insert({when, key});
  changed_.notify_one();
}

void WorkQueue::retry(const ObjectKey& key) {
  std::chrono::milliseconds delay;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = failures_.try_emplace(key, options_.first_retry, options_.most_retry).first;
    delay = known->second.next(random_fraction());
  }
  add_after(key, delay);
}

void WorkQueue::forget(const ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  failures_.erase(key);
}

std::optional<ObjectKey> WorkQueue::take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    move_due(std::chrono::steady_clock::now());
    if (!ready_.empty()) {
      ObjectKey key = std::move(ready_.front());
      ready_.pop();
      waiting_.erase(key);
      working_.insert(key);
      return key;
    }
    const auto something = [this] { return !ready_.empty(); };
    if (delayed_.empty()) {
      changed_.wait(lock, stop, [&] { return something() || !delayed_.empty(); });
    } else {
      const auto first = delayed_.begin()->first;
      changed_.wait_until(lock, stop, first,
                          [&] { return something() || (!delayed_.empty() && delayed_.begin()->first < first); });
    }
  }
  return std::nullopt;
}

void WorkQueue::move_due(base::SteadyTime now) {
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    const ObjectKey key = delayed_.begin()->second;
    delayed_.erase(delayed_.begin());
    due_.erase(key);
    add_locked(key);
  }
}

void WorkQueue::done(const ObjectKey& key) {
  const std::scoped_lock lock(mutex_);
  working_.erase(key);
  if (!waiting_.contains(key)) return;
  ready_.push(key);
  changed_.notify_one();
}

std::size_t WorkQueue::size() const {
  const std::scoped_lock lock(mutex_);
  return ready_.size();
}

}  // namespace weir::kube
