#include "kafka/wire/offset_fetch.h"

#include <algorithm>

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

void read_group(Reader& in, OffsetFetchResponse::Group& group, OffsetFetchResponse& response) {
  constexpr std::size_t kTopicBytes = 3;
  group.id = in.compact_string();
  group.topics = add_rows(in, kTopicBytes, response.topics);
  for (std::size_t row = 0; row < group.topics.count; ++row)
    read_topic(in, response.topics[group.topics.begin + row], response.partitions);
  group.error = KafkaError{in.int16()};
  in.tags();
}

lag::CommitsMark mark_of(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return {std::hash<std::string_view>()(text), static_cast<std::uint32_t>(bytes.size())};
}

// What reads like it did before is what it was before: the same bytes have the same end.
bool skip_known(Reader& in, std::size_t place, const OffsetFetchResponse::Known& known,
                OffsetFetchResponse::Group& group) {
  Reader ahead = in;
  const auto id = ahead.compact_string();
  const auto mark = known(id, place);
  if (!mark || mark.bytes > in.left() || mark_of(in.rest().first(mark.bytes)) != mark) return false;
  in.skip(mark.bytes);
  group.id = id;
  group.mark = mark;
  group.unchanged = true;
  return true;
}

// Groups mostly read one of a few topics: what was written of it for one is copied for the others.
class TopicWriter {
 public:
  explicit TopicWriter(Writer& out) : out_(out) {}

  void write(const lag::TopicPartitions& topic) {
    const auto same = [&](const Written& other) {
      return other.topic.topic.data() == topic.topic.data() && other.topic == topic;
    };
    if (const auto known = std::ranges::find_if(written_, same); known != written_.end()) {
      out_.again(known->begin, known->size);
      return;
    }
    const std::size_t begin = out_.size();
    out_.compact_string(topic.topic).compact_array(topic.partition_count);
    for (std::int32_t partition = 0; partition < topic.partition_count; ++partition)
      out_.int32(partition);
    out_.no_tags();
    if (written_.size() < kMost) written_.push_back({topic, begin, out_.size() - begin});
  }

 private:
  struct Written {
    lag::TopicPartitions topic;
    std::size_t begin, size;
  };
  static constexpr std::size_t kMost = 16;

  Writer& out_;
  std::vector<Written> written_;
};

}  // namespace

void OffsetFetchRequest::write(Writer& out) const {
  TopicWriter topics(out);
  out.compact_array(std::ssize(groups));
  for (const auto* group : groups) {
    out.compact_string(group->group);
    out.compact_array(group->topics.empty() ? -1 : std::ssize(group->topics));
    for (const auto& topic : group->topics)
      topics.write(topic);
    out.no_tags();
  }
  out.boolean(false).no_tags();  // require_stable
}

OffsetFetchResponse OffsetFetchResponse::read(Reader& in, const Known& known) {
  constexpr std::size_t kGroupBytes = 5;
  OffsetFetchResponse response;
  in.int32();  // throttle_time_ms
  add_rows(in, kGroupBytes, response.groups);
  for (std::size_t place = 0; place < response.groups.size() && !in.failed(); ++place) {
    Group& group = response.groups[place];
    if (known && skip_known(in, place, known, group)) continue;
    const auto begin = in.rest();
    read_group(in, group, response);
    group.mark = mark_of(begin.first(begin.size() - in.left()));
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
