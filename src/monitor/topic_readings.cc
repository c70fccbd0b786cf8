#include "monitor/topic_readings.h"

#include <utility>

namespace weir::monitor {

using lag::LogPosition;
using lag::Offset;

TopicReadings::Topic& TopicReadings::find_or_add(std::string_view name) {
  if (const auto known = topic_of_.find(name); known != topic_of_.end()) return *known->second;
  Topic& topic = topics_.emplace_back();
  topic.name = name;
  topic_of_.emplace(topic.name, &topic);
  return topic;
}

void TopicReadings::count_partitions() {
  std::vector<std::string> names;
  for (std::size_t i = counted_; i < topics_.size(); ++i)
    names.push_back(topics_[i].name);
  if (names.empty()) return;
  auto counts = source_.partition_counts(names, deadline_);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!counts[i] && counts[i].error().code == base::ErrorCode::kNotFound) starts_.forget(names[i]);
    topics_[counted_ + i].partition_count = std::move(counts[i]);
  }
  counted_ = topics_.size();
}

void TopicReadings::read_ends(const std::vector<Topic*>& topics) {
  if (topics.empty()) return;
  std::vector<lag::LogOffsetRequest> requests;
  requests.reserve(topics.size());
  for (const Topic* topic : topics) {
    auto& partitions = requests.emplace_back(lag::LogOffsetRequest{topic->name, {}}).partitions;
    for (std::int32_t partition = 0; partition < *topic->partition_count; ++partition)
      partitions.push_back(partition);
  }
  auto ends = source_.log_offsets(requests, LogPosition::kEnd, deadline_);
  const auto now = clock_.now();
  for (std::size_t r = 0; r < topics.size(); ++r) {
    Topic& topic = *topics[r];
    topic.ends = std::move(ends[r]);
    topic.ends_known = std::ranges::all_of(topic.ends, [](const auto& end) { return end.has_value(); });
    for (const std::int32_t partition : requests[r].partitions) {
      const auto& end = topic.ends[static_cast<std::size_t>(partition)];
      if (end && !ends_.observe(topic.name, partition, *end, now)) starts_.forget(topic.name, partition);
    }
    topic.ends_version = ends_.version(topic.name);
    topic.starts = known_starts(topic, now);
  }
  if (!source_.read_committed()) return;
  auto high_watermarks = source_.log_offsets(requests, LogPosition::kHighWatermark, deadline_);
  for (std::size_t r = 0; r < topics.size(); ++r)
    topics[r]->high_watermarks = std::move(high_watermarks[r]);
}

std::vector<std::optional<base::Result<Offset>>> TopicReadings::known_starts(const Topic& topic,
                                                                             base::SteadyTime now) const {
  const auto known = starts_.find(topic.name, topic.partitions(), now);
  std::vector<std::optional<base::Result<Offset>>> starts(known.size());
  // A log cannot end before it starts: what is known is of one that was there before.
  for (std::size_t partition = 0; partition < known.size(); ++partition)
    if (known[partition] && topic.ends[partition] && *known[partition] <= *topic.ends[partition])
      starts[partition] = *known[partition];
  return starts;
}

template <class PartitionsOf>
void TopicReadings::ask_starts(const PartitionsOf& partitions_of) {
  std::vector<Topic*> topics;
  std::vector<lag::LogOffsetRequest> requests;
  for (Topic& topic : topics_) {
    auto partitions = partitions_of(topic);
    if (partitions.empty()) continue;
    topics.push_back(&topic);
    requests.push_back({topic.name, std::move(partitions)});
  }
  if (topics.empty()) return;
  auto starts = source_.log_offsets(requests, LogPosition::kStart, deadline_);
  const auto now = clock_.now();
  for (std::size_t r = 0; r < topics.size(); ++r) {
    for (std::size_t p = 0; p < requests[r].partitions.size(); ++p) {
      const auto partition = requests[r].partitions[p];
      if (starts[r][p]) starts_.store(requests[r].topic, partition, *starts[r][p], now);
      topics[r]->starts[static_cast<std::size_t>(partition)] = std::move(starts[r][p]);
    }
  }
}

void TopicReadings::renew_starts() {
  const auto now = clock_.now();
  ask_starts([&](const Topic& topic) {
    std::vector<std::int32_t> partitions;
    if (topic.starts_used) partitions = starts_.outdated(topic.name, now);
    std::erase_if(partitions, [&](auto number) { return static_cast<std::size_t>(number) >= topic.starts.size(); });
    return partitions;
  });
  note_starts(now);
}

void TopicReadings::read_starts() {
  ask_starts([](const Topic& topic) {
    std::vector<std::int32_t> partitions;
    for (std::size_t partition = 0; partition < topic.wanted.size(); ++partition)
      if (topic.wanted[partition]) partitions.push_back(static_cast<std::int32_t>(partition));
    return partitions;
  });
  const auto now = clock_.now();
  note_starts(now);
  starts_.prune(now);
}

void TopicReadings::note_starts(base::SteadyTime now) {
  for (Topic& topic : topics_) {
    topic.starts_version = starts_.version(topic.name);
    topic.starts_fresh = starts_.outdated(topic.name, now).empty();
  }
}

}  // namespace weir::monitor
