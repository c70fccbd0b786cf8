#include "kafka/wire/fetch.h"

namespace weir::kafka::wire {
namespace {

void write_partition(Writer& out, const FetchRequest::Partition& partition) {
  constexpr std::int32_t kUnknownEpoch = -1;
  constexpr std::int64_t kNoReplica = -1;
  constexpr std::int32_t kMostBytes = 1;
  out.int32(partition.index)
      .int32(kUnknownEpoch)  // current_leader_epoch
      .int64(partition.offset)
      .int32(kUnknownEpoch)  // last_fetched_epoch
      .int64(kNoReplica)     // log_start_offset, which only followers know
      .int32(kMostBytes)
      .no_tags();
}

FetchResponse::Partition read_partition(Reader& in) {
  constexpr std::size_t kAbortedBytes = 17;
  FetchResponse::Partition partition;
  partition.index = in.int32();
  partition.error = KafkaError{in.int16()};
  partition.high_watermark = in.int64();
  partition.last_stable_offset = in.int64();
  in.int64();  // log_start_offset
  for (auto aborted = in.compact_array(kAbortedBytes); aborted > 0 && !in.failed(); --aborted) {
    in.int64();  // producer_id
    in.int64();  // first_offset
    in.tags();
  }
  in.int32();          // preferred_read_replica
  in.compact_bytes();  // records
  in.tags();
  return partition;
}

}  // namespace

void FetchRequest::write(Writer& out) const {
  constexpr std::int32_t kConsumer = -1;
  constexpr std::int32_t kLeastBytes = 1;
  constexpr std::int32_t kMostBytes = 1;
  out.int32(kConsumer).int32(max_wait_ms).int32(kLeastBytes).int32(kMostBytes).int8(read_committed ? 1 : 0);
  out.int32(session_id).int32(session_epoch).compact_array(std::ssize(topics));
  for (const Topic& topic : topics) {
    out.compact_string(topic.name).compact_array(std::ssize(topic.partitions));
    for (const Partition& partition : topic.partitions)
      write_partition(out, partition);
    out.no_tags();
  }
  out.compact_array(std::ssize(forgotten));
  for (const Forgotten& topic : forgotten) {
    out.compact_string(topic.name).compact_array(std::ssize(topic.partitions));
    for (const std::int32_t partition : topic.partitions)
      out.int32(partition);
    out.no_tags();
  }
  out.compact_string("").no_tags();  // rack_id
}

FetchResponse FetchResponse::read(Reader& in) {
  constexpr std::size_t kTopicBytes = 3;
  constexpr std::size_t kPartitionBytes = 37;
  FetchResponse response;
  response.throttle_time_ms = in.int32();
  response.error = KafkaError{in.int16()};
  response.session_id = in.int32();
  response.topics.resize(static_cast<std::size_t>(in.compact_array(kTopicBytes)));
  for (auto& topic : response.topics) {
    topic.name = in.compact_string();
    topic.partitions.resize(static_cast<std::size_t>(in.compact_array(kPartitionBytes)));
    for (auto& partition : topic.partitions)
      partition = read_partition(in);
    in.tags();
  }
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
