#include "lag/offset_source.h"

#include <algorithm>
#include <cstddef>

namespace weir::lag {

GroupOffsets nothing_committed(const CommittedRequest& request) {
  GroupOffsets offsets;
  offsets.reserve(request.topics.size());
  for (const auto& [topic, count] : request.topics) {
    auto& partitions = offsets.emplace_back(TopicOffsets{std::string(topic), {}}).partitions;
    partitions.resize(static_cast<std::size_t>(count));
    for (std::int32_t partition = 0; partition < count; ++partition)
      partitions[static_cast<std::size_t>(partition)].partition = partition;
  }
  return offsets;
}

void note_commit(const CommittedRequest& request, std::string_view topic, std::int32_t partition, Offset offset,
                 GroupOffsets& answer) {
  if (!request.topics.empty()) {
    for (auto& asked : answer)
      if (asked.topic == topic && partition >= 0 && static_cast<std::size_t>(partition) < asked.partitions.size())
        asked.partitions[static_cast<std::size_t>(partition)].committed = offset;
    return;
  }
  auto known = std::ranges::find(answer, topic, &TopicOffsets::topic);
  if (known == answer.end()) known = answer.insert(answer.end(), TopicOffsets{std::string(topic), {}});
  auto& entry = known->partitions.emplace_back();
  entry.partition = partition;
  entry.committed = offset;
}

}  // namespace weir::lag
