#include "kafka/client_reaper.h"

#include <utility>

namespace weir::kafka {

ClientReaper::ClientReaper() : thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

void ClientReaper::retire(std::shared_ptr<Client> client) {
  const std::lock_guard lock(mutex_);
  retired_.push_back(std::move(client));
  changed_.notify_one();
}

void ClientReaper::run(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !retired_.empty(); })) {
    auto gone = std::exchange(retired_, {});
    lock.unlock();
    gone.clear();
    lock.lock();
  }
}

}  // namespace weir::kafka
