#include "kafka/wire/topics.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr int kForgetAfterAges = 10;

}  // namespace

std::vector<base::Result<std::int32_t>> Topics::counts(std::span<const std::string> topics, base::SteadyTime deadline) {
  const auto now = Clock::now();
  std::vector<std::string> stale;
  for (const std::string& name : topics) {
    Topic& topic = topics_[name];
    topic.wanted = now;
    if (!topic.count || topic.learned == base::SteadyTime() || now - topic.learned >= max_age_) stale.push_back(name);
  }
  base::Result<void> refreshed;
  if (!stale.empty()) refreshed = refresh(stale, deadline);
  std::vector<base::Result<std::int32_t>> counts;
  counts.reserve(topics.size());
  for (const std::string& name : topics) {
    const Topic& topic = topics_[name];
    const bool known =
        topic.learned >= now || (topic.count && topic.learned != base::SteadyTime() && now - topic.learned < max_age_);
    if (known) {
      counts.push_back(topic.count);
    } else if (!refreshed) {
      counts.emplace_back(std::unexpected(refreshed.error()));
    } else {
      counts.emplace_back(base::fail(ErrorCode::kUnavailable, "Kafka did not tell of topic \"{}\"", name));
    }
  }
  forget_unwanted(now);
  return counts;
}

std::span<const std::int32_t> Topics::leaders(const std::string& topic) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end() || !found->second.count) return {};
  return found->second.leaders;
}

std::int32_t Topics::leader(const std::string& topic, std::int32_t partition) const {
  const auto known = leaders(topic);
  const auto index = static_cast<std::size_t>(partition);
  return partition >= 0 && index < known.size() ? known[index] : -1;
}

std::optional<base::Error> Topics::problem(const std::string& topic, std::int32_t partition) const {
  const auto found = topics_.find(topic);
  if (found == topics_.end() || found->second.learned == base::SteadyTime()) return std::nullopt;
  const auto& count = found->second.count;
  if (!count) return count.error();
  if (partition >= 0 && partition < *count) return std::nullopt;
  return base::Error{ErrorCode::kNotFound, fmt::format("topic \"{}\" in Kafka at {} has no partition {}", topic,
                                                       identity_.brokers, partition)};
}

base::Result<void> Topics::refresh(std::span<const std::string> topics, base::SteadyTime deadline) {
  const auto connection = network_.any(deadline);
  if (!connection) return std::unexpected(connection.error());
  MetadataResponse answer;
  (*connection)->ask(kMetadata, MetadataRequest{{topics.begin(), topics.end()}}, [&answer](Reader& in) {
    answer = MetadataResponse::read(in);
    return !in.failed();
  });
  const auto errors = network_.run({*connection}, deadline);
  if (!errors.empty()) return std::unexpected(errors.begin()->second);
  // Topics that were not asked for are left out: a broker shall not make us keep what nobody needs.
  const std::set<std::string_view> asked(topics.begin(), topics.end());
  std::erase_if(answer.topics, [&](const auto& told) { return !asked.contains(told.name); });
  learn(answer, Clock::now());
  return {};
}

void Topics::learn(const MetadataResponse& answer, base::SteadyTime now) {
  for (const auto& broker : answer.brokers)
    network_.learn(broker.node, broker.host, broker.port);
  for (const auto& told : answer.topics) {
    Topic& topic = topics_[told.name];
    topic.learned = now;
    if (topic.wanted == base::SteadyTime()) topic.wanted = now;
    // A topic without partitions is one that is being made, not one without lag.
    const auto error =
        told.partitions.empty() && told.error == KafkaError::kNone ? KafkaError::kLeaderNotAvailable : told.error;
    if (error != KafkaError::kNone && (told.partitions.empty() || error != KafkaError::kLeaderNotAvailable)) {
      topic.count = topic_failed(error, told.name, identity_);
      continue;
    }
    topic.count = static_cast<std::int32_t>(told.partitions.size());
    topic.leaders.assign(told.partitions.size(), -1);
    for (const auto& partition : told.partitions)
      if (partition.index >= 0 && static_cast<std::size_t>(partition.index) < topic.leaders.size())
        topic.leaders[static_cast<std::size_t>(partition.index)] = std::max(partition.leader, -1);
  }
}

void Topics::forget_unwanted(base::SteadyTime now) {
  std::erase_if(topics_, [&](const auto& topic) { return now - topic.second.wanted > kForgetAfterAges * max_age_; });
}

}  // namespace weir::kafka::wire
