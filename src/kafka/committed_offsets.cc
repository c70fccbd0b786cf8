#include "kafka/committed_offsets.h"

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/client_handle.h"
#include "kafka/deadline.h"
#include "kafka/kafka_errors.h"

namespace weir::kafka {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds kPollSlice{50};
constexpr milliseconds kStall{200};
constexpr milliseconds kRetryDelay{100};
constexpr int kMaxInFlight = 1024;

// librdkafka 2.0.2 aborts the process when a request of its own has timed out before its coordinator could be reached,
// and the coordinator is reached later. So requests do not time out there: this batch stops waiting for them, and what
// is left over goes with the client, which the session replaces.
constexpr int kNeverMs = 3'600'000;
constexpr int kMaxAttempts = 3;

// The partitions of a request; none when it is for all topics. Each topic once.
PartitionListPtr partition_list(const lag::CommittedRequest& request) {
  if (request.topics.empty()) return nullptr;
  std::map<std::string_view, std::int32_t> counts;
  for (const auto& [topic, count] : request.topics)
    counts[topic] = std::max(counts[topic], count);
  PartitionListPtr list(rd_kafka_topic_partition_list_new(16));
  for (const auto& [topic, count] : counts)
    for (std::int32_t partition = 0; partition < count; ++partition)
      rd_kafka_topic_partition_list_add(list.get(), std::string(topic).c_str(), partition);
  return list;
}

base::Result<lag::GroupOffsets> commits_of(const rd_kafka_topic_partition_list_t* list,
                                           const lag::CommittedRequest& request, const Identity& identity) {
  std::map<std::string_view, std::vector<std::pair<std::int32_t, lag::Offset>>> by_topic;
  lag::GroupOffsets commits = lag::nothing_committed(request);
  if (list == nullptr) return commits;
  for (const auto& partition : std::span(list->elems, static_cast<std::size_t>(list->cnt))) {
    switch (partition.err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        break;
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        return std::unexpected(topic_error(partition.err, partition.topic, identity));
      default:
        return std::unexpected(group_error(partition.err, request.group, identity));
    }
    if (partition.offset >= 0) by_topic[partition.topic].emplace_back(partition.partition, partition.offset);
  }
  for (const auto& [topic, found] : by_topic)
    lag::note_commits(request, topic, found, commits);
  return commits;
}

// One batch of requests. The queue dies with it: what is answered later is dropped by librdkafka.
class Batch {
 public:
  Batch(const Client& client, std::span<const lag::CommittedRequest> groups, int in_flight, base::SteadyTime deadline)
      : client_(client),
        identity_(client.connection().identity()),
        groups_(groups),
        window_(in_flight),
        deadline_(deadline),
        queue_(rd_kafka_queue_new(client.handle())),
        answers_(groups.size()),
        attempts_(groups.size()) {
    for (std::size_t index = 0; index < groups.size(); ++index)
      waiting_.push_back({index, base::SteadyTime()});
  }

  CommittedAnswer run() {
    const auto refusals = client_.connection().refusals();
    last_answer_ = Clock::now();
    while (in_flight_ > 0 || !waiting_.empty()) {
      submit_due();
      if (const EventPtr event{rd_kafka_queue_poll(queue_.get(), remaining_ms(deadline_, kPollSlice))}) {
        take(*event);
        continue;
      }
      client_.poll();
      if (client_.connection().refusals() > refusals || client_.interrupted() || Clock::now() >= deadline_) break;
      widen_when_stalled();
    }
    return finish();
  }

 private:
  struct Waiting {
    std::size_t index;
    base::SteadyTime due;
  };

  void submit_due() {
    const auto now = Clock::now();
    for (std::size_t left = waiting_.size(); left > 0 && in_flight_ < window_ && now < deadline_; --left) {
      const auto next = waiting_.front();
      waiting_.pop_front();
      if (next.due > now) {
        waiting_.push_back(next);
      } else {
        submit(next.index);
      }
    }
  }

  void submit(std::size_t index) {
    const auto& request = groups_[index];
    const auto partitions = partition_list(request);
    if (request.group.empty()) {
      answers_[index] = std::unexpected(group_error(RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, request.group, identity_));
      return;
    }
    if (partitions && partitions->cnt == 0) {
      answers_[index] = lag::nothing_committed(request);
      return;
    }
    const AdminOptionsPtr options(
        rd_kafka_AdminOptions_new(client_.handle(), RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS));
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kNeverMs, nullptr, 0);
    // The index itself, not its address: an answer may come when this batch is gone.
    rd_kafka_AdminOptions_set_opaque(options.get(), reinterpret_cast<void*>(index));
    const ListOffsetsRequestPtr wire(
        rd_kafka_ListConsumerGroupOffsets_new(std::string(request.group).c_str(), partitions.get()));
    auto* wire_pointer = wire.get();
    rd_kafka_ListConsumerGroupOffsets(client_.handle(), &wire_pointer, 1, options.get(), queue_.get());
    ++attempts_[index];
    ++in_flight_;
  }

  void take(rd_kafka_event_t& event) {
    const auto* result = rd_kafka_event_ListConsumerGroupOffsets_result(&event);
    if (result == nullptr) return;
    --in_flight_;
    const auto index = reinterpret_cast<std::size_t>(rd_kafka_event_opaque(&event));
    auto err = rd_kafka_event_error(&event);
    const rd_kafka_group_result_t* group = nullptr;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      std::size_t count = 0;
      const auto* const* results = rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count);
      if (count == 1) group = results[0];
      if (const auto* error = group != nullptr ? rd_kafka_group_result_error(group) : nullptr)
        err = rd_kafka_error_code(error);
    }
    if (!is_unanswered(err)) {
      answered_ = true;
      last_answer_ = Clock::now();
      client_.connection().succeeded();
    }
    settle(index, err, group != nullptr ? rd_kafka_group_result_partitions(group) : nullptr);
  }

  void settle(std::size_t index, rd_kafka_resp_err_t err, const rd_kafka_topic_partition_list_t* partitions) {
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      answers_[index] = commits_of(partitions, groups_[index], identity_);
      return;
    }
    const auto due = Clock::now() + kRetryDelay;
    if (is_retriable(err) && attempts_[index] < kMaxAttempts && due < deadline_) {
      waiting_.push_back({index, due});
    } else {
      moved_ |= is_moved(err);
      unanswered_ |= is_unanswered(err);
      answers_[index] = std::unexpected(is_unanswered(err) ? client_.connection().explain(err)
                                                           : group_error(err, groups_[index].group, identity_));
    }
  }

  void widen_when_stalled() {
    if (Clock::now() - last_answer_ < kStall) return;
    window_ = std::min(window_ * 2, kMaxInFlight);
    last_answer_ = Clock::now();
  }

  CommittedAnswer finish() {
    CommittedAnswer answer;
    for (auto& group : answers_) {
      unanswered_ |= !group.has_value();
      if (!group) group = std::unexpected(client_.connection().explain(RD_KAFKA_RESP_ERR__TIMED_OUT));
      answer.groups.push_back(std::move(*group));
    }
    if (unanswered_ && !answered_) client_.connection().lost();
    answer.moved = moved_;
    answer.unanswered = unanswered_;
    return answer;
  }

  const Client& client_;
  const Identity& identity_;
  const std::span<const lag::CommittedRequest> groups_;
  int window_;
  const base::SteadyTime deadline_;
  const QueuePtr queue_;
  std::vector<std::optional<base::Result<lag::GroupCommits>>> answers_;
  std::vector<int> attempts_;
  std::deque<Waiting> waiting_;
  int in_flight_ = 0;
  bool answered_ = false, moved_ = false, unanswered_ = false;
  base::SteadyTime last_answer_;
};

}  // namespace

CommittedAnswer fetch_committed(const Client& client, std::span<const lag::CommittedRequest> groups, int in_flight,
                                base::SteadyTime deadline) {
  if (groups.empty()) return {};
  return Batch(client, groups, in_flight, deadline).run();
}

}  // namespace weir::kafka
