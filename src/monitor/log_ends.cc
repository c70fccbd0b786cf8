#include "monitor/log_ends.h"

namespace weir::monitor {

bool LogEnds::observe(const std::string& topic, std::int32_t partition, lag::Offset end, base::SteadyTime now) {
  auto& known = topics_[topic];
  auto& entry = known.at(partition);
  const bool grows = !entry || entry->end <= end;
  if (!entry || entry->end != end) {
    entry = Entry{end, now, now};
    topics_.note_change(known);
  }
  entry->seen = now;
  return grows;
}

void LogEnds::add_idle(const std::string& topic, std::chrono::milliseconds idle_for, base::SteadyTime now,
                       std::vector<lag::LogEnd>& idle) const {
  const auto* const known = topics_.find(topic);
  if (known == nullptr) return;
  for (std::size_t index = 0; index < known->partitions.size(); ++index) {
    const auto& entry = known->partitions[index];
    if (entry && now - entry->since >= idle_for) idle.push_back({topic, static_cast<std::int32_t>(index), entry->end});
  }
}

void LogEnds::prune(std::chrono::milliseconds unseen_for, base::SteadyTime now) {
  topics_.forget_if_all([&](const Entry& entry) { return now - entry.seen >= unseen_for; });
}

}  // namespace weir::monitor
