#include "monitor/log_starts.h"

#include <algorithm>

namespace weir::monitor {

std::vector<std::optional<lag::Offset>> LogStarts::find(const std::string& topic, std::size_t count,
                                                        base::SteadyTime now) const {
  std::vector<std::optional<lag::Offset>> starts(count);
  const auto* const found = topics_.find(topic);
  if (found == nullptr) return starts;
  const auto& known = found->partitions;
  for (std::size_t partition = 0; partition < std::min(count, known.size()); ++partition)
    if (known[partition] && now - known[partition]->asked <= kMaxAge) starts[partition] = known[partition]->start;
  return starts;
}

void LogStarts::store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now) {
  auto& known = topics_[topic];
  auto& entry = known.at(partition);
  if (!entry || entry->start != start) topics_.note_change(known);
  entry = Entry{start, now};
}

std::vector<std::int32_t> LogStarts::outdated(const std::string& topic, base::SteadyTime now) const {
  std::vector<std::int32_t> partitions;
  const auto* const found = topics_.find(topic);
  if (found == nullptr) return partitions;
  const auto& known = found->partitions;
  for (std::size_t partition = 0; partition < known.size(); ++partition)
    if (known[partition] && now - known[partition]->asked > kMaxAge)
      partitions.push_back(static_cast<std::int32_t>(partition));
  return partitions;
}

void LogStarts::prune(base::SteadyTime now) {
  topics_.forget_if_all([now](const Entry& entry) { return now - entry.asked > 2 * kMaxAge; });
}

}  // namespace weir::monitor
