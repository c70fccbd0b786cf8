#include "kafka/wire/list_offsets.h"

namespace weir::kafka::wire {

void ListOffsetsRequest::write(Writer& out) const {
  constexpr std::int32_t kConsumer = -1;
  constexpr std::int32_t kAnyEpoch = -1;
  out.int32(kConsumer).int8(read_committed ? 1 : 0).compact_array(std::ssize(topics));
  for (const Topic& topic : topics) {
    out.compact_string(topic.name).compact_array(std::ssize(topic.partitions));
    for (const std::int32_t partition : topic.partitions)
      out.int32(partition).int32(kAnyEpoch).int64(timestamp).no_tags();
    out.no_tags();
  }
  out.no_tags();
}

ListOffsetsResponse ListOffsetsResponse::read(Reader& in) {
  constexpr std::size_t kTopicBytes = 3;
  constexpr std::size_t kPartitionBytes = 27;
  ListOffsetsResponse response;
  in.int32();  // throttle_time_ms
  response.topics.resize(static_cast<std::size_t>(in.compact_array(kTopicBytes)));
  for (auto& topic : response.topics) {
    topic.name = in.compact_string();
    topic.partitions.resize(static_cast<std::size_t>(in.compact_array(kPartitionBytes)));
    for (auto& partition : topic.partitions) {
      partition.index = in.int32();
      partition.error = KafkaError{in.int16()};
      in.int64();  // timestamp
      partition.offset = in.int64();
      in.int32();  // leader_epoch
      in.tags();
    }
    in.tags();
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
