#include "worker/consumers.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace weir::worker {
namespace {

using Stopped = std::vector<std::unique_ptr<KafkaConsumer>>;

// Leaves so many of them, the first ones; the others are asked to stop and handed to `stopped`.
void shrink(std::vector<std::unique_ptr<KafkaConsumer>>& consumers, std::size_t most, Stopped& stopped) {
  for (std::size_t i = most; i < consumers.size(); ++i) {
    consumers[i]->stop();
    stopped.push_back(std::move(consumers[i]));
  }
  consumers.resize(std::min(consumers.size(), most));
}

}  // namespace

std::map<std::string, base::Error> Consumers::run(const std::map<std::string, GroupWanted>& wanted) {
  {
    // All leave at the same time, then they are waited for.
    Stopped stopped;
    for (auto& [key, group] : groups_) {
      const auto found = wanted.find(key);
      const bool same = found != wanted.end() && found->second.settings == group.settings;
      shrink(group.consumers, same ? static_cast<std::size_t>(std::max(0, found->second.consumers)) : 0, stopped);
    }
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.consumers.empty(); });
  std::map<std::string, base::Error> failed;
  for (const auto& [key, want] : wanted) {
    if (want.consumers <= 0) continue;
    Group& group = groups_[key];
    group.settings = want.settings;
    if (auto filled = fill(group, want.consumers); !filled) failed.emplace(key, filled.error());
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.consumers.empty(); });
  return failed;
}

base::Result<void> Consumers::fill(Group& group, int consumers) {
  while (std::ssize(group.consumers) < consumers) {
    auto started = KafkaConsumer::start(group.settings, handler_, logger_);
    if (!started) return std::unexpected(started.error());
    group.consumers.push_back(*std::move(started));
  }
  return {};
}

void Consumers::drain() {
  run({});
}

int Consumers::running(const std::string& key) const {
  const auto found = groups_.find(key);
  return found == groups_.end() ? 0 : static_cast<int>(found->second.consumers.size());
}

int Consumers::running() const {
  int sum = 0;
  for (const auto& [key, group] : groups_)
    sum += static_cast<int>(group.consumers.size());
  return sum;
}

}  // namespace weir::worker
