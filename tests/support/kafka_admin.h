#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct rd_kafka_s;

namespace weir::test {

using ClientSettings = std::map<std::string, std::string>;

// What tests do to a cluster, over librdkafka's own API. Throws std::runtime_error when something fails.
class KafkaAdmin {
 public:
  explicit KafkaAdmin(const std::string& bootstrap, const ClientSettings& settings = {});
  ~KafkaAdmin();
  KafkaAdmin(const KafkaAdmin&) = delete;
  KafkaAdmin& operator=(const KafkaAdmin&) = delete;

  // Returns when every partition has a leader.
  void create_topic(const std::string& topic, int partitions, int replicas = 1,
                    const ClientSettings& configuration = {});
  void delete_topic(const std::string& topic);
  // The names of all topics, asked so that none is created.
  std::vector<std::string> topics();
  // The leader of a partition; -1 without one.
  std::int32_t leader(const std::string& topic, std::int32_t partition);

  void produce(const std::string& topic, std::int32_t partition, int records);
  void commit(const std::string& group, const std::string& topic,
              const std::vector<std::pair<std::int32_t, std::int64_t>>& offsets);
  // How many consumers are in the group.
  int members(const std::string& group);
  // Moves the start of the log to `before`.
  void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before);
  // Adds an ACL that lets `principal` (User:alice) DESCRIBE the topic or group, and nothing else.
  void allow_topic(const std::string& principal, const std::string& topic);
  void allow_group(const std::string& principal, const std::string& group);

 private:
  rd_kafka_s* client_;
};

// A transactional producer. A transaction that is open when it is destroyed stays open until Kafka times it out.
class TransactionalProducer {
 public:
  TransactionalProducer(const std::string& bootstrap, const std::string& transactional_id);
  ~TransactionalProducer();
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;

  void begin();
  void produce(const std::string& topic, std::int32_t partition, int records);
  void commit();
  void abort();

 private:
  rd_kafka_s* client_;
};

}  // namespace weir::test
