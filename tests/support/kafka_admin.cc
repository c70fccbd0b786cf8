#include "support/kafka_admin.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/client_handle.h"

namespace weir::test {
namespace {

constexpr int kTimeoutMs = 20'000;

using kafka::Owned;
using Queue = kafka::QueuePtr;
using Event = kafka::EventPtr;
using PartitionList = kafka::PartitionListPtr;
using Metadata = kafka::MetadataPtr;
using Error = kafka::ErrorPtr;

void check(rd_kafka_resp_err_t err, const std::string& what) {
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(fmt::format("{}: {}", what, rd_kafka_err2str(err)));
}

void check(rd_kafka_error_t* raised, const std::string& what) {
  if (const Error error{raised})
    throw std::runtime_error(fmt::format("{}: {}", what, rd_kafka_error_string(error.get())));
}

rd_kafka_t* make_producer(const std::string& bootstrap, ClientSettings settings) {
  settings["bootstrap.servers"] = bootstrap;
  settings["allow.auto.create.topics"] = "false";
  settings["log_level"] = "0";
  auto* conf = rd_kafka_conf_new();
  std::array<char, 512> reason{};
  for (const auto& [name, value] : settings)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(reason.data());
  auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size());
  if (client == nullptr) throw std::runtime_error(reason.data());
  return client;
}

// Waits for the one result of an admin request, and for it to be good.
Event result_of(rd_kafka_t* client, const std::string& what, const std::function<void(rd_kafka_queue_t*)>& request) {
  const Queue queue(rd_kafka_queue_new(client));
  request(queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), kTimeoutMs));
  if (!event) throw std::runtime_error(what + ": no answer");
  check(rd_kafka_event_error(event.get()), what);
  return event;
}

void produce_to(rd_kafka_t* client, const std::string& topic, std::int32_t partition, int records) {
  using Topic = kafka::TopicPtr;
  const Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  std::string value = "record";
  for (int i = 0; i < records; ++i)
    if (rd_kafka_produce(handle.get(), partition, RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK, value.data(),
                         value.size(), nullptr, 0, nullptr) != 0)
      check(rd_kafka_last_error(), "produce to " + topic);
  check(rd_kafka_flush(client, kTimeoutMs), "flush " + topic);
}

Metadata metadata_of(rd_kafka_t* client) {
  const struct rd_kafka_metadata* answer = nullptr;
  check(rd_kafka_metadata(client, 1, nullptr, &answer, kTimeoutMs), "metadata");
  return Metadata(answer);
}

void allow(rd_kafka_t* client, rd_kafka_ResourceType_t type, const std::string& name, const std::string& principal) {
  std::array<char, 256> reason{};
  using Binding = Owned<rd_kafka_AclBinding_t, rd_kafka_AclBinding_destroy>;
  const Binding binding(rd_kafka_AclBinding_new(type, name.c_str(), RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                                                principal.c_str(), "*", RD_KAFKA_ACL_OPERATION_DESCRIBE,
                                                RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, reason.data(), reason.size()));
  if (!binding) throw std::runtime_error(reason.data());
  auto* pointer = binding.get();
  result_of(client, "allow " + name,
            [&](rd_kafka_queue_t* queue) { rd_kafka_CreateAcls(client, &pointer, 1, nullptr, queue); });
}

bool coordinator_must_wait(rd_kafka_resp_err_t err) {
  return err == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS || err == RD_KAFKA_RESP_ERR_NOT_COORDINATOR;
}

rd_kafka_resp_err_t first_error(const rd_kafka_group_result_t* group) {
  if (const auto* error = rd_kafka_group_result_error(group)) return rd_kafka_error_code(error);
  const auto* partitions = rd_kafka_group_result_partitions(group);
  for (const auto& entry : std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt)))
    if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) return entry.err;
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace

KafkaAdmin::KafkaAdmin(const std::string& bootstrap, const ClientSettings& settings)
    : client_(make_producer(bootstrap, settings)) {}
KafkaAdmin::~KafkaAdmin() {
  rd_kafka_destroy(client_);
}

void KafkaAdmin::create_topic(const std::string& topic, int partitions, int replicas,
                              const ClientSettings& configuration) {
  std::array<char, 256> reason{};
  using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
  const NewTopic wanted(rd_kafka_NewTopic_new(topic.c_str(), partitions, replicas, reason.data(), reason.size()));
  if (!wanted) throw std::runtime_error(reason.data());
  for (const auto& [name, value] : configuration)
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  auto* pointer = wanted.get();
  const auto event = result_of(client_, "create " + topic, [&](rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client_, &pointer, 1, nullptr, queue);
  });
  std::size_t count = 0;
  const auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (const auto* result : std::span(results, count))
    check(rd_kafka_topic_result_error(result), "create " + topic);
  for (int partition = 0; partition < partitions; ++partition)
    while (leader(topic, partition) < 0) {
    }
}

void KafkaAdmin::delete_topic(const std::string& topic) {
  using DeleteTopic = Owned<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy>;
  const DeleteTopic unwanted(rd_kafka_DeleteTopic_new(topic.c_str()));
  auto* pointer = unwanted.get();
  result_of(client_, "delete " + topic,
            [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(client_, &pointer, 1, nullptr, queue); });
}

std::vector<std::string> KafkaAdmin::topics() {
  const auto metadata = metadata_of(client_);
  std::vector<std::string> names;
  for (const auto& topic : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt)))
    names.emplace_back(topic.topic);
  return names;
}

std::int32_t KafkaAdmin::leader(const std::string& topic, std::int32_t partition) {
  const auto metadata = metadata_of(client_);
  for (const auto& known : std::span(metadata->topics, static_cast<std::size_t>(metadata->topic_cnt)))
    for (const auto& part : std::span(known.partitions, static_cast<std::size_t>(known.partition_cnt)))
      if (known.topic == topic && part.id == partition) return part.leader;
  return -1;
}

void KafkaAdmin::produce(const std::string& topic, std::int32_t partition, int records) {
  produce_to(client_, topic, partition, records);
}

void KafkaAdmin::commit(const std::string& group, const std::string& topic,
                        const std::vector<std::pair<std::int32_t, std::int64_t>>& offsets) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const auto& [partition, offset] : offsets)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  using Alter = Owned<rd_kafka_AlterConsumerGroupOffsets_t, rd_kafka_AlterConsumerGroupOffsets_destroy>;
  const Alter wanted(rd_kafka_AlterConsumerGroupOffsets_new(group.c_str(), list.get()));
  auto* pointer = wanted.get();
  // The first commit of all makes Kafka create the topic of commits, which takes a moment.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
  auto err = RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
  while (coordinator_must_wait(err) && std::chrono::steady_clock::now() < until) {
    const auto event = result_of(client_, "commit of " + group, [&](rd_kafka_queue_t* queue) {
      rd_kafka_AlterConsumerGroupOffsets(client_, &pointer, 1, nullptr, queue);
    });
    std::size_t count = 0;
    const auto* const* groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
        rd_kafka_event_AlterConsumerGroupOffsets_result(event.get()), &count);
    err = first_error(groups[0]);
  }
  check(err, "commit of " + group);
}

int KafkaAdmin::members(const std::string& group) {
  // Its coordinator may have just become that.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeoutMs);
  const struct rd_kafka_group_list* answer = nullptr;
  auto err = rd_kafka_list_groups(client_, group.c_str(), &answer, kTimeoutMs);
  while (coordinator_must_wait(err) && std::chrono::steady_clock::now() < until)
    err = rd_kafka_list_groups(client_, group.c_str(), &answer, kTimeoutMs);
  check(err, "describe " + group);
  const Owned<const struct rd_kafka_group_list, rd_kafka_group_list_destroy> list(answer);
  int members = 0;
  for (const auto& found : std::span(list->groups, static_cast<std::size_t>(list->group_cnt)))
    members += found.member_cnt;
  return members;
}

void KafkaAdmin::delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
  const PartitionList list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = before;
  using Delete = Owned<rd_kafka_DeleteRecords_t, rd_kafka_DeleteRecords_destroy>;
  const Delete wanted(rd_kafka_DeleteRecords_new(list.get()));
  auto* pointer = wanted.get();
  result_of(client_, "delete records of " + topic,
            [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(client_, &pointer, 1, nullptr, queue); });
}

void KafkaAdmin::allow_topic(const std::string& principal, const std::string& topic) {
  allow(client_, RD_KAFKA_RESOURCE_TOPIC, topic, principal);
}
void KafkaAdmin::allow_group(const std::string& principal, const std::string& group) {
  allow(client_, RD_KAFKA_RESOURCE_GROUP, group, principal);
}

TransactionalProducer::TransactionalProducer(const std::string& bootstrap, const std::string& transactional_id)
    : client_(make_producer(bootstrap, {{"transactional.id", transactional_id}})) {
  check(rd_kafka_init_transactions(client_, kTimeoutMs), "init transactions");
}
TransactionalProducer::~TransactionalProducer() {
  rd_kafka_destroy(client_);
}

void TransactionalProducer::begin() {
  check(rd_kafka_begin_transaction(client_), "begin transaction");
}
void TransactionalProducer::produce(const std::string& topic, std::int32_t partition, int records) {
  produce_to(client_, topic, partition, records);
}
void TransactionalProducer::commit() {
  check(rd_kafka_commit_transaction(client_, kTimeoutMs), "commit transaction");
}
void TransactionalProducer::abort() {
  check(rd_kafka_abort_transaction(client_, kTimeoutMs), "abort transaction");
}

}  // namespace weir::test
