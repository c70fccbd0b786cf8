#include "kafka/wire/committed_offsets.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/divide_up.h"
#include "kafka/wire/asked_groups.h"
#include "kafka/wire/errors.h"
#include "kafka/wire/offset_fetch.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kMostRounds = 5;
constexpr milliseconds kRetryDelay{100};
// A request that keeps a broker busy for a few milliseconds at most, so that others get their turn.
constexpr std::size_t kGroupsPerRequest = 200;
constexpr std::int64_t kPartitionsPerRequest = 10'000;
// Of a group whose topics are not named: what is taken for granted, so that the answer stays within what is believed,
// and the most topics that are read.
constexpr std::int64_t kPartitionsOfAllTopics = 250;
constexpr std::size_t kMostTopics = 10'000;

bool is_moved(KafkaError error) {
  return error == KafkaError::kNotCoordinator || error == KafkaError::kCoordinatorNotAvailable ||
         error == KafkaError::kCoordinatorLoadInProgress;
}

std::int64_t partitions_of(const lag::CommittedRequest& request) {
  if (request.topics.empty()) return kPartitionsOfAllTopics;
  std::int64_t partitions = 0;
  for (const auto& topic : request.topics)
    partitions += topic.partition_count;
  return partitions;
}

bool is_asked(const lag::CommittedRequest& request, std::string_view topic) {
  return request.topics.empty() ||
         std::ranges::find(request.topics, topic, &lag::TopicPartitions::topic) != request.topics.end();
}

base::Result<lag::GroupCommits> commits_of(const OffsetFetchResponse& answer, const OffsetFetchResponse::Group& group,
                                           const lag::CommittedRequest& request, const Identity& identity) {
  lag::GroupCommits told;
  told.mark = group.mark;
  if (group.unchanged) return told;
  if (request.topics.empty() && group.topics.count > kMostTopics)
    return base::fail(ErrorCode::kResourceExhausted,
                      "group \"{}\" has commits to {} topics, more than the {} that are read of one group: name those "
                      "that count in topic",
                      group.id, group.topics.count, kMostTopics);
  lag::GroupOffsets& commits = told.offsets.emplace(lag::nothing_committed(request));
  for (const auto& topic : answer.of(group)) {
    if (!is_asked(request, topic.name)) continue;
    const auto partitions = answer.of(topic);
    for (const auto& partition : partitions) {
      if (partition.error == KafkaError::kUnknownTopicOrPartition ||
          partition.error == KafkaError::kTopicAuthorizationFailed)
        return topic_failed(partition.error, topic.name, identity);
      if (partition.error != KafkaError::kNone) return group_failed(partition.error, group.id, identity);
    }
    const auto is_committed = [](const auto& partition) { return partition.committed_offset >= 0; };
    const auto commit_of = [](const auto& partition) { return std::pair(partition.index, partition.committed_offset); };
    lag::note_commits(request, topic.name,
                      partitions | std::views::filter(is_committed) | std::views::transform(commit_of), commits);
  }
  return told;
}

// One call: rounds of requests until every group has an answer that stands.
class Fetch {
 public:
  Fetch(Network& network, Coordinators& coordinators, const Identity& identity,
        std::span<const lag::CommittedRequest> groups, base::SteadyTime deadline)
      : network_(network),
        coordinators_(coordinators),
        identity_(identity),
        groups_(groups),
        deadline_(deadline),
        answers_(groups.size()),
        answered_(groups.size(), false) {}

  std::vector<base::Result<lag::GroupCommits>> run() {
    std::vector<std::size_t> pending(groups_.size());
    for (std::size_t i = 0; i < pending.size(); ++i)
      pending[i] = i;
    for (int round = 0; round < kMostRounds && !pending.empty(); ++round) {
      if (round > 1) std::this_thread::sleep_for(kRetryDelay);
      if (network_.interrupted() || Clock::now() >= deadline_) break;
      again_.clear();
      ask(pending);
      pending = std::exchange(again_, {});
      // A group that has moved may be asked for again by its answer and by the failure of what it came over.
      std::ranges::sort(pending);
      pending.erase(std::ranges::unique(pending).begin(), pending.end());
    }
    for (std::size_t i = 0; i < answers_.size(); ++i)
      if (!answered_[i] && answers_[i])
        answers_[i] = base::fail(ErrorCode::kUnavailable, "Kafka at {} did not answer in time", identity_.brokers);
    return std::move(answers_);
  }

 private:
  using Indices = std::vector<std::size_t>;
  struct Connections {
    std::vector<Connection*> all;
    std::map<const Connection*, std::int32_t> node_of;
  };

  void ask(const Indices& pending) {
    std::map<std::int32_t, Indices> by_node;
    Indices unknown;
    for (const std::size_t index : pending) {
      const auto node = first_ask_ ? groups_[index].known.told_by : -1;
      (node < 0 ? unknown : by_node[node]).push_back(index);
    }
    first_ask_ = false;
    find_coordinators(unknown, by_node);
    Connections asked;
    for (const std::int32_t node : network_.held_first(by_node | std::views::keys))
      connect_and_ask(node, by_node.at(node), asked);
    std::map<std::int32_t, base::Error> failed;
    for (const auto& [connection, error] : network_.run(asked.all, deadline_))
      failed.emplace(asked.node_of.at(connection), error);
    for (const auto& [node, error] : failed) {
      Indices unanswered;
      std::ranges::copy_if(by_node.at(node), std::back_inserter(unanswered),
                           [this](std::size_t index) { return !answered_[index]; });
      fail_node(node, unanswered, error);
    }
  }

  // What is asked is sent at once: to connect to the next broker may take long.
  void connect_and_ask(std::int32_t node, const Indices& indices, Connections& asked) {
    const auto first = network_.node(node, deadline_);
    if (!first) return fail_node(node, indices, first.error());
    std::vector<Connection*> to_node{*first};
    if (indices.size() > kGroupsPerRequest)
      if (const auto second = network_.node_again(node, deadline_)) to_node.push_back(*second);
    ask_node(to_node, node, indices);
    for (Connection* const connection : to_node) {
      static_cast<void>(connection->advance());  // a failure is told again
      asked.node_of[connection] = node;
      asked.all.push_back(connection);
    }
  }

  void find_coordinators(const Indices& indices, std::map<std::int32_t, Indices>& by_node) {
    std::vector<std::string_view> names;
    names.reserve(indices.size());
    for (const std::size_t index : indices)
      names.push_back(groups_[index].group);
    const auto nodes = coordinators_.find(names, deadline_);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      if (nodes[i]) {
        by_node[*nodes[i]].push_back(indices[i]);
      } else {
        fail(indices[i], nodes[i].error());
      }
    }
  }

  // As many requests on each connection, all as large as the others.
  void ask_node(std::span<Connection* const> connections, std::int32_t node, Indices indices) {
    const std::size_t rounds = base::divide_up(indices.size(), connections.size() * kGroupsPerRequest);
    const std::size_t most = base::divide_up(indices.size(), connections.size() * rounds);
    for (std::size_t turn = 0; !indices.empty(); ++turn) {
      Connection& connection = *connections[turn % connections.size()];
      OffsetFetchRequest request;
      AskedGroups asked(groups_, std::min(indices.size(), most));
      Indices later;
      std::int64_t partitions = 0;
      for (const std::size_t index : indices) {
        partitions += partitions_of(groups_[index]);
        const bool full =
            request.groups.size() >= most || (partitions > kPartitionsPerRequest && !request.groups.empty());
        if (full || !asked.add(index)) {
          later.push_back(index);
        } else {
          request.groups.push_back(&groups_[index]);
        }
      }
      connection.ask(kOffsetFetch, request, [this, node, asked = std::move(asked)](Reader& in) {
        const auto known = [&](std::string_view group, std::size_t place) {
          const auto index = asked.find(group, place);
          return index ? groups_[*index].known : lag::CommitsMark();
        };
        const auto answer = OffsetFetchResponse::read(in, known);
        if (!in.failed()) take(answer, asked, node);
        return !in.failed();
      });
      indices = std::move(later);
    }
  }

  void take(const OffsetFetchResponse& answer, const AskedGroups& asked, std::int32_t node) {
    std::size_t place = 0;
    std::vector<bool> told(groups_.size(), false);
    for (const auto& group : answer.groups) {
      const auto found = asked.find(group.id, place++);
      if (!found || told[*found]) continue;
      const std::size_t index = *found;
      told[index] = true;
      answered_[index] = true;
      if (is_moved(group.error)) {
        coordinators_.forget(group.id, node);
        retry(index, group_failed(group.error, group.id, identity_).error());
      } else if (group.error != KafkaError::kNone && group.error != KafkaError::kGroupIdNotFound) {
        answers_[index] = group_failed(group.error, group.id, identity_);
      } else {
        answers_[index] = commits_of(answer, group, groups_[index], identity_);
        if (answers_[index]) answers_[index]->mark.told_by = node;
      }
    }
  }

  void retry(std::size_t index, const base::Error& error) {
    answers_[index] = std::unexpected(error);
    answered_[index] = false;
    again_.push_back(index);
  }

  // No coordinator yet, or one that is being chosen, may be there in a moment. Credentials that are refused stay
  // refused.
  void fail(std::size_t index, const base::Error& error) {
    if (error.code == ErrorCode::kUnavailable) return retry(index, error);
    answers_[index] = std::unexpected(error);
  }

  void fail_node(std::int32_t node, const Indices& indices, const base::Error& error) {
    coordinators_.forget_node(node);
    for (const std::size_t index : indices)
      fail(index, error);
  }

  Network& network_;
  Coordinators& coordinators_;
  const Identity& identity_;
  const std::span<const lag::CommittedRequest> groups_;
  const base::SteadyTime deadline_;
  std::vector<base::Result<lag::GroupCommits>> answers_;
  std::vector<bool> answered_;
  Indices again_;
  bool first_ask_ = true;
};

}  // namespace

std::vector<base::Result<lag::GroupCommits>> fetch_committed(Network& network, Coordinators& coordinators,
                                                             const Identity& identity,
                                                             std::span<const lag::CommittedRequest> groups,
                                                             base::SteadyTime deadline) {
  return Fetch(network, coordinators, identity, groups, deadline).run();
}

}  // namespace weir::kafka::wire
