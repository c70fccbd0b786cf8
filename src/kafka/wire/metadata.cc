#include "kafka/wire/metadata.h"

namespace weir::kafka::wire {
namespace {

MetadataResponse::Partition read_partition(Reader& in) {
  MetadataResponse::Partition partition;
  partition.error = KafkaError{in.int16()};
  partition.index = in.int32();
  partition.leader = in.int32();
  in.int32();                              // leader_epoch
  for (int array = 0; array < 3; ++array)  // replica_nodes, isr_nodes, offline_replicas
    in.skip_compact_array(sizeof(std::int32_t));
  in.tags();
  return partition;
}

}  // namespace

void MetadataRequest::write(Writer& out) const {
  out.compact_array(std::ssize(topics));
  for (const std::string& topic : topics)
    out.compact_string(topic).no_tags();
  out.boolean(false);                 // allow_auto_topic_creation
  out.boolean(false).boolean(false);  // include_cluster_, include_topic_authorized_operations
  out.no_tags();
}

MetadataResponse MetadataResponse::read(Reader& in) {
  constexpr std::size_t kBrokerBytes = 11;
  constexpr std::size_t kTopicBytes = 10;
  constexpr std::size_t kPartitionBytes = 18;
  MetadataResponse response;
  in.int32();  // throttle_time_ms
  response.brokers.resize(static_cast<std::size_t>(in.compact_array(kBrokerBytes)));
  for (auto& broker : response.brokers) {
    broker.node = in.int32();
    broker.host = in.compact_host();
    broker.port = in.int32();
    in.compact_string();  // rack
    in.tags();
  }
  in.compact_string();  // cluster_id
  in.int32();           // controller_id
  response.topics.resize(static_cast<std::size_t>(in.compact_array(kTopicBytes)));
  for (auto& topic : response.topics) {
    topic.error = KafkaError{in.int16()};
    topic.name = in.compact_string();
    in.boolean();  // is_internal
    topic.partitions.resize(static_cast<std::size_t>(in.compact_array(kPartitionBytes)));
    for (auto& partition : topic.partitions)
      partition = read_partition(in);
    in.int32();  // topic_authorized_operations
    in.tags();
  }
  in.int32();  // cluster_authorized_operations
  in.tags();
  return response;
}

}  // namespace weir::kafka::wire
