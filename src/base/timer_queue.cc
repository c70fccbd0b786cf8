#include "base/timer_queue.h"

#include "base/this_thread.h"

namespace weir::base {

TimerQueue::TimerQueue() : thread_([this](std::stop_token stop) { run(stop); }) {}

TimerQueue::~TimerQueue() {
  stop();
}

void TimerQueue::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

TimerQueue::Id TimerQueue::schedule(SteadyTime when, std::function<void()> callback) {
  const std::scoped_lock lock(mutex_);
  const Id id = ++last_id_;
  const auto position = due_.emplace(Key{when, id}, std::move(callback)).first;
  times_.emplace(id, when);
  if (position == due_.begin()) changed_.notify_all();
  return id;
}

bool TimerQueue::cancel(Id id) {
  // Outlives the lock: what a callback holds may use this queue when it goes.
  std::map<Key, std::function<void()>>::node_type dropped;
  const std::scoped_lock lock(mutex_);
  const auto found = times_.find(id);
  if (found == times_.end()) return false;
  dropped = due_.extract({found->second, id});
  times_.erase(found);
  return true;
}

void TimerQueue::run(std::stop_token stop) {
  name_this_thread("timers");
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    if (due_.empty()) {
      changed_.wait(lock, stop, [this] { return !due_.empty(); });
      continue;
    }
    const SteadyTime next = due_.begin()->first.first;
    if (std::chrono::steady_clock::now() < next) {
      changed_.wait_until(lock, stop, next, [this, next] { return due_.empty() || due_.begin()->first.first < next; });
      continue;
    }
    auto node = due_.extract(due_.begin());
    times_.erase(node.key().second);
    lock.unlock();
    node.mapped()();
    node.mapped() = nullptr;
    lock.lock();
  }
}

}  // namespace weir::base
