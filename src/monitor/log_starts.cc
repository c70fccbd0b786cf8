#include "monitor/log_starts.h"

#include <algorithm>

namespace weir::monitor {

std::vector<std::optional<lag::Offset>> LogStarts::find(const std::string& topic, std::size_t count,
                                                        base::SteadyTime now) const {
  std::vector<std::optional<lag::Offset>> starts(count);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return starts;
  const auto& known = found->second.partitions;
  for (std::size_t partition = 0; partition < std::min(count, known.size()); ++partition)
    if (known[partition] && now - known[partition]->asked <= kMaxAge) starts[partition] = known[partition]->start;
  return starts;
}

void LogStarts::store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now) {
  auto& [known, version] = topics_[topic];
  const auto index = static_cast<std::size_t>(partition);
  if (index >= known.size()) known.resize(index + 1);
  if (!known[index] || known[index]->start != start) version = ++last_version_;
  known[index] = Entry{start, now};
}

std::uint64_t LogStarts::version(const std::string& topic) const {
  const auto found = topics_.find(topic);
  return found == topics_.end() ? 0 : found->second.version;
}

std::vector<std::int32_t> LogStarts::outdated(const std::string& topic, base::SteadyTime now) const {
  std::vector<std::int32_t> partitions;
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return partitions;
  const auto& known = found->second.partitions;
  for (std::size_t partition = 0; partition < known.size(); ++partition)
    if (known[partition] && now - known[partition]->asked > kMaxAge)
      partitions.push_back(static_cast<std::int32_t>(partition));
  return partitions;
}

void LogStarts::forget(const std::string& topic, std::int32_t partition) {
  const auto found = topics_.find(topic);
  const auto index = static_cast<std::size_t>(partition);
  if (found == topics_.end() || index >= found->second.partitions.size()) return;
  found->second.partitions[index].reset();
  found->second.version = ++last_version_;
}

void LogStarts::prune(base::SteadyTime now) {
  std::erase_if(topics_, [now](const auto& topic) {
    return std::ranges::all_of(topic.second.partitions,
                               [now](const auto& entry) { return !entry || now - entry->asked > 2 * kMaxAge; });
  });
}

}  // namespace weir::monitor
