#include "kafka/wire/offset_fetch.h"

namespace weir::kafka::wire {
namespace {

OffsetFetchResponse::Partition read_partition(Reader& in) {
  OffsetFetchResponse::Partition partition;
  partition.index = in.int32();
  partition.committed_offset = in.int64();
  in.int32();           // committed_leader_epoch
  in.compact_string();  // metadata
  partition.error = KafkaError{in.int16()};
  in.tags();
  return partition;
}

OffsetFetchResponse::Topic read_topic(Reader& in) {
  constexpr std::size_t kPartitionBytes = 20;
  OffsetFetchResponse::Topic topic;
  topic.name = in.compact_string();
  topic.partitions.resize(static_cast<std::size_t>(in.compact_array(kPartitionBytes)));
  for (auto& partition : topic.partitions)
    partition = read_partition(in);
  in.tags();
  return topic;
}

}  // namespace

void OffsetFetchRequest::write(Writer& out) const {
  out.compact_array(std::ssize(groups));
  for (const Group& group : groups) {
    out.compact_string(group.id);
    out.compact_array(group.all_topics ? -1 : std::ssize(group.topics));
    if (!group.all_topics) {
      for (const Topic& topic : group.topics) {
        out.compact_string(topic.name).compact_array(topic.partition_count);
        for (std::int32_t partition = 0; partition < topic.partition_count; ++partition)
          out.int32(partition);
        out.no_tags();
      }
    }
    out.no_tags();
  }
  out.boolean(false).no_tags();  // require_stable
}

OffsetFetchResponse OffsetFetchResponse::read(Reader& in) {
  constexpr std::size_t kTopicBytes = 3;
  constexpr std::size_t kGroupBytes = 5;
  OffsetFetchResponse response;
  in.int32();  // throttle_time_ms
  response.groups.resize(static_cast<std::size_t>(in.compact_array(kGroupBytes)));
  for (auto& group : response.groups) {
    group.id = in.compact_string();
    group.topics.resize(static_cast<std::size_t>(in.compact_array(kTopicBytes)));
    for (auto& topic : group.topics)
      topic = read_topic(in);
    group.error = KafkaError{in.int16()};
    in.tags();
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
