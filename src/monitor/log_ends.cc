#include "monitor/log_ends.h"

#include <algorithm>

namespace weir::monitor {

bool LogEnds::observe(const std::string& topic, std::int32_t partition, lag::Offset end, base::SteadyTime now) {
  auto& [partitions, version] = topics_[topic];
  const auto index = static_cast<std::size_t>(partition);
  if (index >= partitions.size()) partitions.resize(index + 1);
  auto& entry = partitions[index];
  const bool grows = !entry || entry->end <= end;
  if (!entry || entry->end != end) {
    entry = Entry{end, now, now};
    version = ++last_version_;
  }
  entry->seen = now;
  return grows;
}

void LogEnds::forget(const std::string& topic, std::int32_t partition) {
  const auto found = topics_.find(topic);
  const auto index = static_cast<std::size_t>(partition);
  if (found == topics_.end() || index >= found->second.partitions.size()) return;
  found->second.partitions[index].reset();
  found->second.version = ++last_version_;
}

std::uint64_t LogEnds::version(const std::string& topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : found->second.version;
}

void LogEnds::add_idle(const std::string& topic, std::chrono::milliseconds idle_for, base::SteadyTime now,
                       std::vector<lag::LogEnd>& idle) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  const auto& partitions = found->second.partitions;
  for (std::size_t index = 0; index < partitions.size(); ++index) {
    const auto& entry = partitions[index];
    if (entry && now - entry->since >= idle_for) idle.push_back({topic, static_cast<std::int32_t>(index), entry->end});
  }
}

void LogEnds::prune(std::chrono::milliseconds unseen_for, base::SteadyTime now) {
  std::erase_if(topics_, [&](const auto& topic) {
    return std::ranges::all_of(topic.second.partitions,
                               [&](const auto& entry) { return !entry || now - entry->seen >= unseen_for; });
  });
}

}  // namespace weir::monitor
