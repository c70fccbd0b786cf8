#pragma once

#include <memory>

#include <librdkafka/rdkafka.h>

namespace weir::kafka {

// Owners of librdkafka's objects. Raw pointers are borrowed for the length of a call only.
template <auto Destroy>
struct Destroyer {
  template <class T>
  void operator()(T* object) const {
    Destroy(object);
  }
};

template <class T, auto Destroy>
using Owned = std::unique_ptr<T, Destroyer<Destroy>>;

using ConfPtr = Owned<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using TopicPtr = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using QueuePtr = Owned<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using EventPtr = Owned<rd_kafka_event_t, rd_kafka_event_destroy>;
using ErrorPtr = Owned<rd_kafka_error_t, rd_kafka_error_destroy>;
using MetadataPtr = Owned<const struct rd_kafka_metadata, rd_kafka_metadata_destroy>;
using PartitionListPtr = Owned<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using AdminOptionsPtr = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using ListOffsetsRequestPtr = Owned<rd_kafka_ListConsumerGroupOffsets_t, rd_kafka_ListConsumerGroupOffsets_destroy>;

}  // namespace weir::kafka
