#include "monitor/log_starts.h"

#include <algorithm>

namespace weir::monitor {

std::vector<std::optional<lag::Offset>> LogStarts::find(const std::string& topic, std::size_t count,
                                                        base::SteadyTime now) const {
  std::vector<std::optional<lag::Offset>> starts(count);
  const auto found = topics_.find(topic);
  if (found == topics_.end()) return starts;
  const auto& known = found->second;
  for (std::size_t partition = 0; partition < std::min(count, known.size()); ++partition)
    if (known[partition] && now - known[partition]->asked <= kMaxAge) starts[partition] = known[partition]->start;
  return starts;
}

void LogStarts::store(const std::string& topic, std::int32_t partition, lag::Offset start, base::SteadyTime now) {
  auto& known = topics_[topic];
  const auto index = static_cast<std::size_t>(partition);
  if (index >= known.size()) known.resize(index + 1);
  known[index] = Entry{start, now};
}

void LogStarts::forget(const std::string& topic, std::int32_t partition) {
  const auto found = topics_.find(topic);
  const auto index = static_cast<std::size_t>(partition);
  if (found != topics_.end() && index < found->second.size()) found->second[index].reset();
}

void LogStarts::prune(base::SteadyTime now) {
  std::erase_if(topics_, [now](const auto& topic) {
    return std::ranges::all_of(topic.second,
                               [now](const auto& entry) { return !entry || now - entry->asked > kMaxAge; });
  });
}

}  // namespace weir::monitor
