#include "kafka/topic_metadata.h"

#include <utility>

#include "kafka/deadline.h"
#include "kafka/kafka_errors.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr int kForgetAfterAges = 10;

}  // namespace

// rd_kafka_metadata without a topic asks for every topic that has a handle, in one request. It asks so that the broker
// creates none, but only while there is at least one handle (rdkafka_metadata.c of 2.0.2): the last one is never
// dropped.
base::Result<void> TopicMetadata::keep_handle(const std::string& topic) {
  auto& entry = topics_[topic];
  entry.wanted = Clock::now();
  if (entry.handle) return {};
  entry.handle.reset(rd_kafka_topic_new(client_.handle(), topic.c_str(), nullptr));
  if (entry.handle) return {};
  const auto err = rd_kafka_last_error();
  topics_.erase(topic);
  return std::unexpected(topic_error(err == RD_KAFKA_RESP_ERR__INVALID_ARG ? RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION : err,
                                     topic, client_.connection().identity()));
}

bool TopicMetadata::is_fresh(const Topic& topic) const {
  return topic.count && topic.learned != base::SteadyTime() && Clock::now() - topic.learned < max_age_;
}

void TopicMetadata::drop_unwanted(base::SteadyTime now) {
  for (auto entry = topics_.begin(); entry != topics_.end();) {
    const bool unwanted = now - entry->second.wanted > kForgetAfterAges * max_age_ && topics_.size() > 1;
    entry = unwanted ? topics_.erase(entry) : std::next(entry);
  }
}

std::vector<base::Result<std::int32_t>> TopicMetadata::partition_counts(std::span<const std::string> topics,
                                                                        base::SteadyTime deadline) {
  const auto started = Clock::now();
  std::map<std::string, base::Error> unusable;
  bool stale = false;
  for (const auto& topic : topics) {
    if (auto kept = keep_handle(topic); !kept) {
      unusable.emplace(topic, kept.error());
    } else {
      stale |= !is_fresh(topics_[topic]);
    }
  }
  base::Result<void> refreshed;
  if (stale) refreshed = refresh(deadline);
  std::vector<base::Result<std::int32_t>> counts;
  counts.reserve(topics.size());
  for (const auto& topic : topics) {
    if (const auto found = unusable.find(topic); found != unusable.end()) {
      counts.emplace_back(std::unexpected(found->second));
    } else if (const auto& entry = topics_[topic]; is_fresh(entry) || entry.learned >= started) {
      counts.push_back(entry.count);
    } else {
      counts.emplace_back(std::unexpected(
          refreshed ? base::Error{ErrorCode::kUnavailable, fmt::format("Kafka did not tell of topic \"{}\"", topic)}
                    : refreshed.error()));
    }
  }
  return counts;
}

base::Result<void> TopicMetadata::refresh(base::SteadyTime deadline) {
  if (topics_.empty()) return {};
  drop_unwanted(Clock::now());
  const struct rd_kafka_metadata* answer = nullptr;
  const auto err = rd_kafka_metadata(client_.handle(), 0, nullptr, &answer, remaining_ms(deadline));
  const MetadataPtr owned(answer);
  client_.poll();
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (is_unanswered(err)) client_.connection().lost();
    return std::unexpected(client_.connection().explain(err));
  }
  client_.connection().succeeded();
  learn(*answer, Clock::now());
  return {};
}

std::int32_t TopicMetadata::leader(const std::string& topic, std::int32_t partition) const {
  const auto entry = topics_.find(topic);
  if (entry == topics_.end() || partition < 0) return -1;
  const auto& leaders = entry->second.leaders;
  return static_cast<std::size_t>(partition) < leaders.size() ? leaders[static_cast<std::size_t>(partition)] : -1;
}

void TopicMetadata::learn(const struct rd_kafka_metadata& answer, base::SteadyTime now) {
  const auto& identity = client_.connection().identity();
  for (const auto& topic : std::span(answer.topics, static_cast<std::size_t>(answer.topic_cnt))) {
    const auto entry = topics_.find(topic.topic);
    if (entry == topics_.end()) continue;
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      entry->second.count = topic.partition_cnt;
      entry->second.leaders.assign(static_cast<std::size_t>(topic.partition_cnt), -1);
      for (const auto& partition : std::span(topic.partitions, static_cast<std::size_t>(topic.partition_cnt)))
        if (partition.id >= 0 && partition.id < topic.partition_cnt)
          entry->second.leaders[static_cast<std::size_t>(partition.id)] = partition.leader;
    } else {
      entry->second.count = std::unexpected(topic_error(topic.err, topic.topic, identity));
    }
    entry->second.learned = now;
  }
}

}  // namespace weir::kafka
