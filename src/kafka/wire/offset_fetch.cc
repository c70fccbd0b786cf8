#include "kafka/wire/offset_fetch.h"

namespace weir::kafka::wire {
namespace {

// Makes room in a table for as many rows as an array has, each of which takes so many bytes at least.
template <class Row>
OffsetFetchResponse::Rows add_rows(Reader& in, std::size_t bytes, std::vector<Row>& table) {
  const OffsetFetchResponse::Rows rows{table.size(), static_cast<std::size_t>(in.compact_array(bytes))};
  table.resize(rows.begin + rows.count);
  return rows;
}

void read_partition(Reader& in, OffsetFetchResponse::Partition& partition) {
  partition.index = in.int32();
  partition.committed_offset = in.int64();
  in.int32();           // committed_leader_epoch
  in.compact_string();  // metadata
  partition.error = KafkaError{in.int16()};
  in.tags();
}

void read_topic(Reader& in, OffsetFetchResponse::Topic& topic, std::vector<OffsetFetchResponse::Partition>& table) {
  constexpr std::size_t kPartitionBytes = 20;
  topic.name = in.compact_string();
  topic.partitions = add_rows(in, kPartitionBytes, table);
  for (std::size_t row = 0; row < topic.partitions.count; ++row)
    read_partition(in, table[topic.partitions.begin + row]);
  in.tags();
}

}  // namespace

void OffsetFetchRequest::write(Writer& out) const {
  out.compact_array(std::ssize(groups));
  for (const auto* group : groups) {
    out.compact_string(group->group);
    out.compact_array(group->topics.empty() ? -1 : std::ssize(group->topics));
    for (const auto& [topic, count] : group->topics) {
      out.compact_string(topic).compact_array(count);
      for (std::int32_t partition = 0; partition < count; ++partition)
        out.int32(partition);
      out.no_tags();
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
  add_rows(in, kGroupBytes, response.groups);
  for (auto& group : response.groups) {
    group.id = in.compact_string();
    group.topics = add_rows(in, kTopicBytes, response.topics);
    for (std::size_t row = 0; row < group.topics.count; ++row)
      read_topic(in, response.topics[group.topics.begin + row], response.partitions);
    group.error = KafkaError{in.int16()};
    in.tags();
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
