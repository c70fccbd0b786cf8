#include "monitor/log_ends.h"

#include <algorithm>

namespace weir::monitor {

bool LogEnds::observe(const std::string& topic, std::int32_t partition, lag::Offset end, base::SteadyTime now) {
  auto& partitions = topics_[topic];
  const auto index = static_cast<std::size_t>(partition);
  if (index >= partitions.size()) partitions.resize(index + 1);
  auto& entry = partitions[index];
  const bool grows = !entry || entry->end <= end;
  if (!entry || entry->end != end) entry = Entry{end, now, now};
  entry->seen = now;
  return grows;
}

void LogEnds::forget(const std::string& topic, std::int32_t partition) {
  const auto found = topics_.find(topic);
  const auto index = static_cast<std::size_t>(partition);
  if (found != topics_.end() && index < found->second.size()) found->second[index].reset();
}

void LogEnds::add_idle(const std::string& topic, std::chrono::milliseconds idle_for, base::SteadyTime now,
                       std::vector<lag::LogEnd>& idle) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return;
  for (std::size_t index = 0; index < found->second.size(); ++index) {
    const auto& entry = found->second[index];
    if (entry && now - entry->since >= idle_for) idle.push_back({topic, static_cast<std::int32_t>(index), entry->end});
  }
}

void LogEnds::prune(std::chrono::milliseconds unseen_for, base::SteadyTime now) {
  std::erase_if(topics_, [&](const auto& topic) {
    return std::ranges::all_of(topic.second,
                               [&](const auto& entry) { return !entry || now - entry->seen >= unseen_for; });
  });
}

}  // namespace weir::monitor
