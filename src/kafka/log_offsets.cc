#include "kafka/log_offsets.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "kafka/client_handle.h"
#include "kafka/deadline.h"
#include "kafka/kafka_errors.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// The timestamps of ListOffsets that stand for the two ends of the log.
constexpr std::int64_t kLatestTimestamp = -1;
constexpr std::int64_t kEarliestTimestamp = -2;

using Partition = std::pair<std::string, std::int32_t>;
using Partitions = std::vector<Partition>;

// rd_kafka_offsets_for_times of 2.0.2 asks each leader once, but when one partition or one leader fails, it throws away
// what the others answered. So a call that failed is made again: after the leaders have been asked for, then leader by
// leader, then by halves, until what is wrong stands alone.
class Lookup {
 public:
  Lookup(const Client& client, TopicMetadata& metadata, std::int64_t timestamp, base::SteadyTime deadline)
      : client_(client), metadata_(metadata), timestamp_(timestamp), deadline_(deadline) {}

  void ask_all(Partitions partitions) {
    ask(std::move(partitions), deadline_);
    if (moved_.empty() || refreshed_) return;
    refresh();
    ask(std::exchange(moved_, {}), deadline_);
  }

  base::Result<lag::Offset> answer(const Partition& partition) const {
    const auto found = answers_.find(partition);
    if (found != answers_.end()) return found->second;
    return std::unexpected(client_.connection().explain(RD_KAFKA_RESP_ERR__TIMED_OUT));
  }

 private:
  void refresh() {
    refreshed_ = true;
    static_cast<void>(metadata_.refresh(deadline_));  // a failure shows in the lookup that follows
  }

  std::map<std::int32_t, Partitions> by_leader(const Partitions& partitions) const {
    std::map<std::int32_t, Partitions> leaders;
    for (const auto& partition : partitions)
      leaders[metadata_.leader(partition.first, partition.second)].push_back(partition);
    return leaders;
  }

  void ask(Partitions partitions, base::SteadyTime until) {
    if (partitions.empty()) return;
    if (client_.interrupted() || Clock::now() >= deadline_) return fail(partitions, RD_KAFKA_RESP_ERR__TIMED_OUT);
    const auto leaders = by_leader(partitions);
    // With several leaders, time is kept back to ask them apart should one of them hang.
    const auto now = Clock::now();
    const auto call_until = leaders.size() > 1 ? now + (until - now) / 2 : until;
    const PartitionListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const auto& [topic, partition] : partitions)
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = timestamp_;
    const auto err = rd_kafka_offsets_for_times(client_.handle(), list.get(), remaining_ms(call_until));
    client_.poll();
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
      client_.connection().succeeded();
      return take(*list);
    }
    if (is_unanswered(err)) return ask_apart(partitions, leaders, err, until);
    client_.connection().succeeded();
    if (!refreshed_) {
      refresh();
      return ask(std::move(partitions), until);
    }
    if (leaders.size() > 1) return ask_apart(partitions, leaders, err, until);
    if (partitions.size() == 1) return fail(partitions, err);
    const auto middle = partitions.begin() + static_cast<std::ptrdiff_t>(partitions.size() / 2);
    ask(Partitions(partitions.begin(), middle), until);
    ask(Partitions(middle, partitions.end()), until);
  }

  void ask_apart(const Partitions& partitions, const std::map<std::int32_t, Partitions>& leaders,
                 rd_kafka_resp_err_t err, base::SteadyTime until) {
    if (leaders.size() <= 1) return fail(partitions, err);
    auto left = static_cast<int>(leaders.size());
    for (const auto& [leader, led] : leaders) {
      const auto now = Clock::now();
      ask(led, now + (until - now) / left--);
    }
  }

  void take(const rd_kafka_topic_partition_list_t& list) {
    for (const auto& entry : std::span(list.elems, static_cast<std::size_t>(list.cnt))) {
      Partition partition(entry.topic, entry.partition);
      if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (is_moved(entry.err) && !refreshed_) moved_.push_back(partition);
        fail({std::move(partition)}, entry.err);
      } else if (entry.offset < 0) {
        fail({std::move(partition)}, RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE);
      } else {
        answers_.insert_or_assign(std::move(partition), entry.offset);
      }
    }
  }

  void fail(const Partitions& partitions, rd_kafka_resp_err_t err) {
    if (is_unanswered(err)) client_.connection().lost();
    for (const auto& partition : partitions)
      answers_.insert_or_assign(partition, std::unexpected(is_unanswered(err) ? client_.connection().explain(err)
                                                                              : partition_error(partition, err)));
  }

  base::Error partition_error(const Partition& partition, rd_kafka_resp_err_t err) const {
    const auto& identity = client_.connection().identity();
    if (err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
      return {ErrorCode::kNotFound, fmt::format("topic \"{}\" in Kafka at {} has no partition {}", partition.first,
                                                identity.brokers, partition.second)};
    return topic_error(err, partition.first, identity);
  }

  const Client& client_;
  TopicMetadata& metadata_;
  const std::int64_t timestamp_;
  const base::SteadyTime deadline_;
  bool refreshed_ = false;
  Partitions moved_;
  std::map<Partition, base::Result<lag::Offset>> answers_;
};

}  // namespace

LogOffsetAnswer fetch_log_offsets(const Client& client, TopicMetadata& metadata,
                                  std::span<const lag::LogOffsetRequest> topics, lag::LogPosition position,
                                  base::SteadyTime deadline) {
  std::map<std::string, base::Error> unusable;
  Partitions wanted;
  for (const auto& [topic, partitions] : topics) {
    if (auto kept = metadata.keep_handle(topic); !kept) {
      unusable.emplace(topic, kept.error());
      continue;
    }
    for (const auto partition : partitions)
      wanted.emplace_back(topic, partition);
  }
  // librdkafka writes one array a topic only when its partitions stand together, and takes none twice.
  std::ranges::sort(wanted);
  wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());

  Lookup lookup(client, metadata, position == lag::LogPosition::kStart ? kEarliestTimestamp : kLatestTimestamp,
                deadline);
  lookup.ask_all(std::move(wanted));
  LogOffsetAnswer answer;
  for (const auto& [topic, partitions] : topics) {
    auto& offsets = answer.emplace_back();
    const auto bad = unusable.find(topic);
    for (const auto partition : partitions)
      offsets.push_back(bad != unusable.end() ? std::unexpected(bad->second) : lookup.answer({topic, partition}));
  }
  return answer;
}

}  // namespace weir::kafka
