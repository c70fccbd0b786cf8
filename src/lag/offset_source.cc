#include "lag/offset_source.h"

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

}  // namespace weir::lag
