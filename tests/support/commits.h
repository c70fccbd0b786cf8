#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "lag/offset_source.h"

namespace weir::test {

// What a group has committed in one topic, by partition.
struct TopicCommits {
  std::string topic;
  std::vector<std::pair<std::int32_t, lag::Offset>> commits;

  auto operator<=>(const TopicCommits&) const = default;
};

// The partitions with a commit alone, by topic.
inline base::Result<std::vector<TopicCommits>> commits_in(const base::Result<lag::GroupCommits>& answer) {
  if (!answer) return std::unexpected(answer.error());
  std::vector<TopicCommits> found;
  for (const auto& [topic, partitions] : answer->offsets.value()) {
    TopicCommits commits{topic, {}};
    for (const auto& partition : partitions)
      if (partition.committed) commits.commits.emplace_back(partition.partition, *partition.committed);
    std::ranges::sort(commits.commits);
    if (!commits.commits.empty()) found.push_back(std::move(commits));
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace weir::test
