#include "kafka/demo_workload.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <librdkafka/rdkafka.h>

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kAnswerMs = 5000;
constexpr milliseconds kTick{100};

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
  void operator()(rd_kafka_topic_partition_list_t* list) const { rd_kafka_topic_partition_list_destroy(list); }
};
template <class T>
using Handle = std::unique_ptr<T, Destroy>;

using Settings = std::vector<std::pair<const char*, std::string>>;

// The demonstration shows errors by what does not move, so the client's own log lines would only tear its table apart.
void drop_log(const rd_kafka_t*, int, const char*, const char*) {}

base::Result<Handle<rd_kafka_t>> make_client(rd_kafka_type_t type, const Settings& settings) {
  std::array<char, 512> text{};
  Handle<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  rd_kafka_conf_set_log_cb(conf.get(), drop_log);
  for (const auto& [key, value] : settings) {
    if (rd_kafka_conf_set(conf.get(), key, value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK)
      return base::fail(ErrorCode::kInternal, "librdkafka refuses {}={}: {}", key, value, text.data());
  }
  Handle<rd_kafka_t> client(rd_kafka_new(type, conf.get(), text.data(), text.size()));
  if (!client) return base::fail(ErrorCode::kInternal, "no Kafka client: {}", text.data());
  std::ignore = conf.release();  // the client owns it now
  return client;
}

// Partitions of the topic, 0 when it does not exist or has no leaders yet.
base::Result<int> count_partitions(rd_kafka_t* client, const std::string& topic) {
  const Handle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
  const rd_kafka_metadata_t* raw = nullptr;
  const auto error = rd_kafka_metadata(client, 0, handle.get(), &raw, kAnswerMs);
  if (error) return base::fail(ErrorCode::kUnavailable, "no broker answered: {}", rd_kafka_err2str(error));
  const Handle<const rd_kafka_metadata_t> metadata(raw);
  if (metadata->topic_cnt != 1) return 0;
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
  if (found.err) return base::fail(ErrorCode::kUnavailable, "topic {}: {}", topic, rd_kafka_err2str(found.err));
  for (int i = 0; i < found.partition_cnt; ++i)
    if (found.partitions[i].leader < 0) return 0;
  return found.partition_cnt;
}

base::Result<void> create_topic(rd_kafka_t* client, const std::string& topic, int partitions) {
  std::array<char, 512> text{};
  const Handle<rd_kafka_NewTopic_t> wanted(
      rd_kafka_NewTopic_new(topic.c_str(), partitions, -1, text.data(), text.size()));
  if (!wanted) return base::fail(ErrorCode::kInvalidArgument, "topic {}: {}", topic, text.data());
  const Handle<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
  rd_kafka_NewTopic_t* topics[] = {wanted.get()};
  rd_kafka_CreateTopics(client, topics, 1, nullptr, queue.get());
  const Handle<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), kAnswerMs));
  if (!event) return base::fail(ErrorCode::kUnavailable, "no broker created topic {} within {} ms", topic, kAnswerMs);
  if (rd_kafka_event_error(event.get()))
    return base::fail(ErrorCode::kUnavailable, "topic {}: {}", topic, rd_kafka_event_error_string(event.get()));
  std::size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  // It may exist since the last look, or have had no leaders then.
  const auto error = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_NO_ERROR;
  if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
    return base::fail(ErrorCode::kPermissionDenied, "topic {} was not created: {}", topic,
                      rd_kafka_topic_result_error_string(results[0]));
  return {};
}

// Brokers learn of a new topic one after another.
base::Result<int> wait_for_partitions(rd_kafka_t* client, const std::string& topic) {
  const auto deadline = steady_clock::now() + milliseconds(kAnswerMs);
  for (;;) {
    const auto found = count_partitions(client, topic);
    if (!found || *found > 0) return found;
    if (steady_clock::now() >= deadline)
      return base::fail(ErrorCode::kUnavailable, "topic {} has no leaders {} ms after it was created", topic,
                        kAnswerMs);
    std::this_thread::sleep_for(kTick);
  }
}

// What a client says of a topic that it has not learned of yet.
bool may_pass(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;
}

// The log end of every partition in the list.
rd_kafka_resp_err_t log_ends(rd_kafka_t* client, rd_kafka_topic_partition_list_t* list) {
  const auto deadline = steady_clock::now() + milliseconds(kAnswerMs);
  for (;;) {
    for (int i = 0; i < list->cnt; ++i)
      list->elems[i].offset = RD_KAFKA_OFFSET_END;
    auto error = rd_kafka_offsets_for_times(client, list, kAnswerMs);
    for (int i = 0; i < list->cnt && !error; ++i)
      error = list->elems[i].err;
    if (!may_pass(error) || steady_clock::now() >= deadline) return error;
    std::this_thread::sleep_for(kTick);
  }
}

}  // namespace

base::Result<DemoTopic> ensure_demo_topic(const DemoTarget& target, int partitions) {
  // A consumer: asking as a producer would make the topic, with the broker's number of partitions.
  const auto client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", target.bootstrap_servers},
                                                      {"group.id", target.group},
                                                      {"allow.auto.create.topics", "false"}});
  if (!client) return std::unexpected(client.error());
  const auto found = count_partitions(client->get(), target.topic);
  if (!found) {
    return base::fail(found.error().code, "{}: {}; check --brokers", target.bootstrap_servers, found.error().message);
  }
  if (*found > 0) return DemoTopic{.partitions = *found, .created = false};
  if (const auto created = create_topic(client->get(), target.topic, partitions); !created)
    return std::unexpected(created.error());
  const auto made = wait_for_partitions(client->get(), target.topic);
  if (!made) return std::unexpected(made.error());
  return DemoTopic{.partitions = *made, .created = true};
}

base::Result<void> commit_log_end(const DemoTarget& target, int partitions) {
  const auto client =
      make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", target.bootstrap_servers}, {"group.id", target.group}});
  if (!client) return std::unexpected(client.error());
  const Handle<rd_kafka_topic_partition_list_t> ends(rd_kafka_topic_partition_list_new(partitions));
  for (int partition = 0; partition < partitions; ++partition)
    rd_kafka_topic_partition_list_add(ends.get(), target.topic.c_str(), partition);
  if (const auto error = log_ends(client->get(), ends.get()))
    return base::fail(ErrorCode::kUnavailable, "log end of topic {}: {}", target.topic, rd_kafka_err2str(error));
  if (const auto error = rd_kafka_commit(client->get(), ends.get(), 0))
    return base::fail(ErrorCode::kUnavailable, "committing for group {}: {}", target.group, rd_kafka_err2str(error));
  return {};
}

struct DemoProducer::Impl {
  Handle<rd_kafka_t> client;
  Handle<rd_kafka_topic_t> topic;
  int partitions = 0;
  std::int32_t next = 0;
};

base::Result<std::unique_ptr<DemoProducer>> DemoProducer::start(const DemoTarget& target, int partitions) {
  auto client = make_client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", target.bootstrap_servers}, {"linger.ms", "20"}});
  if (!client) return std::unexpected(client.error());
  auto impl = std::make_unique<Impl>();
  impl->client = std::move(*client);
  impl->topic.reset(rd_kafka_topic_new(impl->client.get(), target.topic.c_str(), nullptr));
  impl->partitions = partitions;
  return std::unique_ptr<DemoProducer>(new DemoProducer(std::move(impl)));
}

DemoProducer::DemoProducer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DemoProducer::~DemoProducer() = default;

std::int64_t DemoProducer::produce(std::int64_t records) {
  std::string value = "weir demo";
  std::int64_t queued = 0;
  for (; queued < records; ++queued) {
    if (rd_kafka_produce(impl_->topic.get(), impl_->next, RD_KAFKA_MSG_F_COPY, value.data(), value.size(), nullptr, 0,
                         nullptr) != 0)
      break;
    impl_->next = (impl_->next + 1) % impl_->partitions;
  }
  rd_kafka_poll(impl_->client.get(), 0);
  return queued;
}

struct DemoConsumers::Impl {
  struct Replica {
    Handle<rd_kafka_t> client;
    std::jthread thread;
  };

  base::Result<void> start_replica(int index, int count);
  void consume(rd_kafka_t* client, std::stop_token stop);
  int consume_tick(rd_kafka_t* client, int most);
  void stop_all();

  DemoTarget target;
  int partitions = 0;
  int records_per_second = 0;
  std::atomic<std::int64_t> consumed{0};
  std::vector<Replica> replicas;
};

base::Result<void> DemoConsumers::Impl::start_replica(int index, int count) {
  auto client = make_client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", target.bootstrap_servers},
                                                {"group.id", target.group},
                                                {"auto.offset.reset", "earliest"},
                                                {"auto.commit.interval.ms", "500"},
                                                {"coordinator.query.interval.ms", "1000"},
                                                {"fetch.wait.max.ms", "100"}});
  if (!client) return std::unexpected(client.error());
  rd_kafka_poll_set_consumer(client->get());
  const Handle<rd_kafka_topic_partition_list_t> share(rd_kafka_topic_partition_list_new(partitions / count + 1));
  for (int partition = index; partition < partitions; partition += count)
    rd_kafka_topic_partition_list_add(share.get(), target.topic.c_str(), partition);
  if (const auto error = rd_kafka_assign(client->get(), share.get()))
    return base::fail(ErrorCode::kInternal, "assigning partitions: {}", rd_kafka_err2str(error));
  Replica& replica = replicas.emplace_back();
  replica.client = std::move(*client);
  replica.thread = std::jthread([this, raw = replica.client.get()](std::stop_token stop) { consume(raw, stop); });
  return {};
}

void DemoConsumers::Impl::consume(rd_kafka_t* client, std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  const int most = std::max(1, static_cast<int>(records_per_second * kTick.count() / 1000));
  while (!stop.stop_requested()) {
    const auto end = steady_clock::now() + kTick;
    consumed += consume_tick(client, most);
    std::unique_lock lock(mutex);
    stopped.wait_until(lock, stop, end, [] { return false; });
  }
  // Commits what was read.
  rd_kafka_consumer_close(client);
}

int DemoConsumers::Impl::consume_tick(rd_kafka_t* client, int most) {
  int read = 0;
  while (read < most) {
    const Handle<rd_kafka_message_t> message(rd_kafka_consumer_poll(client, 0));
    if (!message) break;
    if (!message->err) ++read;
  }
  return read;
}

void DemoConsumers::Impl::stop_all() {
  for (Replica& replica : replicas)
    replica.thread.request_stop();
  replicas.clear();
}

DemoConsumers::DemoConsumers(DemoTarget target, int partitions, int records_per_second)
    : impl_(std::make_unique<Impl>()) {
  impl_->target = std::move(target);
  impl_->partitions = partitions;
  impl_->records_per_second = records_per_second;
}

DemoConsumers::~DemoConsumers() {
  impl_->stop_all();
}

base::Result<void> DemoConsumers::set_replicas(int replicas) {
  if (replicas == this->replicas()) return {};
  impl_->stop_all();
  for (int index = 0; index < replicas; ++index) {
    if (auto started = impl_->start_replica(index, replicas); !started) return started;
  }
  return {};
}

int DemoConsumers::replicas() const {
  return static_cast<int>(impl_->replicas.size());
}

std::int64_t DemoConsumers::consumed() const {
  return impl_->consumed;
}

}  // namespace weir::kafka
