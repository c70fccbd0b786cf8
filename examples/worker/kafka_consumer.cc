#include "worker/kafka_consumer.h"

#include <array>
#include <chrono>
#include <thread>
#include <tuple>
#include <utility>

#include <librdkafka/rdkafka.h>

#include "kafka/client_handle.h"

namespace weir::worker {
namespace {

using base::ErrorCode;
using base::Result;
using kafka::ConfPtr;
using kafka::ErrorPtr;
using kafka::EventPtr;
using kafka::PartitionListPtr;
using kafka::QueuePtr;
using std::chrono::steady_clock;

constexpr int kPollMs = 100;
// librdkafka itself waits for minutes for brokers that are away.
constexpr std::chrono::seconds kLeave{10};
constexpr std::chrono::seconds kSameErrorAgain{30};

// It has been closed by then, or will not be.
void destroy_client(rd_kafka_t* client) {
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

using ClientPtr = kafka::Owned<rd_kafka_t, destroy_client>;
using MessagePtr = kafka::Owned<rd_kafka_message_t, rd_kafka_message_destroy>;

void write_log(const rd_kafka_t* client, int, const char*, const char* text) {
  // Null while the client is being made.
  const auto* logger = client ? static_cast<const telemetry::Logger*>(rd_kafka_opaque(client)) : nullptr;
  if (logger) logger->warn("librdkafka", {{"text", std::string_view(text)}});
}

Result<ConfPtr> make_conf(const ConsumerSettings& settings, telemetry::Logger& logger) {
  auto properties = settings.properties;
  // A record's offset is stored once it was handled; what is stored is committed each second, and on leaving.
  properties["enable.auto.offset.store"] = "false";
  properties["enable.auto.commit"] = "true";
  properties["auto.commit.interval.ms"] = "1000";
  // Its owner made the topic, or did not mean this one.
  properties["allow.auto.create.topics"] = "false";
  ConfPtr conf(rd_kafka_conf_new());
  std::array<char, 512> reason{};
  for (const auto& [name, value] : properties) {
    const auto set = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), reason.data(), reason.size());
    if (set == RD_KAFKA_CONF_OK) continue;
    const bool secret = name.starts_with("ssl.") || name.starts_with("sasl.");
    return base::fail(ErrorCode::kInvalidArgument, "librdkafka does not take {}: {}", name,
                      secret ? "check the value in the Secret" : reason.data());
  }
  rd_kafka_conf_set_opaque(conf.get(), &logger);
  rd_kafka_conf_set_log_cb(conf.get(), write_log);
  return conf;
}

}  // namespace

struct KafkaConsumer::Impl {
  void run(const std::stop_token& stop);
  bool take(const rd_kafka_message_t& message, const std::stop_token& stop);
  void leave();
  void note(const rd_kafka_message_t& message);

  std::string group;
  RecordHandler* handler = nullptr;
  telemetry::Logger logger;
  ClientPtr client;
  std::string last_error;
  steady_clock::time_point last_error_at;
  std::jthread thread;
};

Result<std::unique_ptr<KafkaConsumer>> KafkaConsumer::start(const ConsumerSettings& settings, RecordHandler& handler,
                                                            telemetry::Logger logger) {
  auto impl = std::make_unique<Impl>();
  impl->handler = &handler;
  impl->logger = std::move(logger);
  if (const auto found = settings.properties.find("group.id"); found != settings.properties.end())
    impl->group = found->second;
  auto conf = make_conf(settings, impl->logger);
  if (!conf) return std::unexpected(conf.error());
  std::array<char, 512> reason{};
  impl->client.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), reason.data(), reason.size()));
  // Its words about TLS files and keys hold none of them.
  if (!impl->client) return base::fail(ErrorCode::kInvalidArgument, "no Kafka client: {}", reason.data());
  std::ignore = conf->release();  // the client owns it now
  rd_kafka_poll_set_consumer(impl->client.get());

  const PartitionListPtr topics(rd_kafka_topic_partition_list_new(static_cast<int>(settings.topics.size())));
  for (const auto& topic : settings.topics)
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  if (const auto error = rd_kafka_subscribe(impl->client.get(), topics.get()))
    return base::fail(ErrorCode::kInvalidArgument, "subscribing: {}", rd_kafka_err2str(error));
  impl->thread = std::jthread([raw = impl.get()](const std::stop_token& stop) { raw->run(stop); });
  return std::unique_ptr<KafkaConsumer>(new KafkaConsumer(std::move(impl)));
}

KafkaConsumer::KafkaConsumer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
KafkaConsumer::~KafkaConsumer() = default;

void KafkaConsumer::stop() {
  impl_->thread.request_stop();
}

void KafkaConsumer::Impl::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const MessagePtr message(rd_kafka_consumer_poll(client.get(), kPollMs));
    if (message && !take(*message, stop)) break;
  }
  leave();
}

// Commits what was handled. What cannot be committed, as Kafka is away, is handled again by others.
void KafkaConsumer::Impl::leave() {
  const QueuePtr queue(rd_kafka_queue_new(client.get()));
  const ErrorPtr error(rd_kafka_consumer_close_queue(client.get(), queue.get()));
  const auto deadline = steady_clock::now() + kLeave;
  while (!error && rd_kafka_consumer_closed(client.get()) == 0) {
    if (steady_clock::now() > deadline) {
      logger.warn("left without a last commit, as Kafka does not answer", {{"group", std::string_view(group)}});
      return;
    }
    const EventPtr served(rd_kafka_queue_poll(queue.get(), kPollMs));
  }
}

// False when it should end.
bool KafkaConsumer::Impl::take(const rd_kafka_message_t& message, const std::stop_token& stop) {
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    note(message);
    return true;
  }
  const Record record{.group = group,
                      .topic = rd_kafka_topic_name(message.rkt),
                      .partition = message.partition,
                      .offset = message.offset};
  if (!handler->handle(record, stop)) return false;
  // Refused where the partition has gone to another member meanwhile, which then handles the record again.
  rd_kafka_offset_store(message.rkt, message.partition, message.offset);
  return true;
}

// librdkafka goes on by itself after each of these: a broker that is away, a topic that does not exist yet.
void KafkaConsumer::Impl::note(const rd_kafka_message_t& message) {
  std::string error = rd_kafka_message_errstr(&message);
  const auto now = steady_clock::now();
  if (error == last_error && now - last_error_at < kSameErrorAgain) return;
  logger.warn("consuming failed", {{"group", std::string_view(group)}, {"err", std::string_view(error)}});
  last_error = std::move(error);
  last_error_at = now;
}

}  // namespace weir::worker
