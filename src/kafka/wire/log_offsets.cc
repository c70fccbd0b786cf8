#include "kafka/wire/log_offsets.h"

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "kafka/wire/errors.h"
#include "kafka/wire/list_offsets.h"

namespace weir::kafka::wire {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kMostRounds = 4;
constexpr milliseconds kRetryDelay{100};

bool is_moved(KafkaError error) {
  switch (error) {
    case KafkaError::kNotLeaderOrFollower:
    case KafkaError::kLeaderNotAvailable:
    case KafkaError::kReplicaNotAvailable:
    case KafkaError::kFencedLeaderEpoch:
    case KafkaError::kUnknownLeaderEpoch:
    case KafkaError::kKafkaStorageError:
    case KafkaError::kUnknownTopicOrPartition:
    case KafkaError::kOffsetNotAvailable:
      return true;
    default:
      return false;
  }
}

using Partition = std::pair<std::string, std::int32_t>;
using Partitions = std::set<Partition>;

// One call: rounds of requests until every partition has an answer that stands.
class Lookup {
 public:
  Lookup(Network& network, Topics& topics, const Identity& identity, bool read_committed, lag::LogPosition position,
         base::SteadyTime deadline)
      : network_(network),
        topics_(topics),
        identity_(identity),
        read_committed_(read_committed && position == lag::LogPosition::kEnd),
        timestamp_(position == lag::LogPosition::kStart ? ListOffsetsRequest::kEarliest : ListOffsetsRequest::kLatest),
        deadline_(deadline) {}

  void run(Partitions pending) {
    for (int round = 0; round < kMostRounds && !pending.empty(); ++round) {
      if (network_.interrupted() || Clock::now() >= deadline_) break;
      if (round > 1) std::this_thread::sleep_for(kRetryDelay);
      find_leaders(pending, round > 0);
      again_.clear();
      ask(pending);
      pending = std::exchange(again_, {});
    }
  }

  base::Result<lag::Offset> answer(const Partition& partition) const {
    const auto found = answers_.find(partition);
    if (found != answers_.end()) return found->second;
    return base::fail(ErrorCode::kUnavailable, "Kafka at {} did not answer in time", identity_.brokers);
  }

 private:
  // Asks for the leaders that are not known, or of all: those that were known did not answer for their partitions.
  void find_leaders(const Partitions& partitions, bool all) {
    std::set<std::string> wanted;
    for (const auto& [topic, partition] : partitions)
      if (all || topics_.leader(topic, partition) < 0) wanted.insert(topic);
    if (wanted.empty()) return;
    // A failure shows in the requests that follow.
    static_cast<void>(topics_.refresh(std::vector<std::string>(wanted.begin(), wanted.end()), deadline_));
  }

  void ask(const Partitions& pending) {
    std::map<std::int32_t, Partitions> by_leader;
    for (const auto& partition : pending) {
      if (const auto problem = topics_.problem(partition.first, partition.second)) {
        answers_.insert_or_assign(partition, std::unexpected(*problem));
      } else {
        by_leader[topics_.leader(partition.first, partition.second)].insert(partition);
      }
    }
    std::vector<Connection*> connections;
    std::map<const Connection*, const Partitions*> asked;
    for (const auto& [leader, partitions] : by_leader) {
      const auto connection = leader < 0 ? no_leader() : network_.node(leader, deadline_);
      if (!connection) {
        fail(partitions, connection.error());
        continue;
      }
      ask_leader(**connection, partitions);
      connections.push_back(*connection);
      asked[*connection] = &partitions;
    }
    for (const auto& [connection, error] : network_.run(connections, deadline_))
      fail(*asked.at(connection), error);
  }

  base::Result<Connection*> no_leader() const {
    if (const auto reachable = network_.any(deadline_); !reachable) return std::unexpected(reachable.error());
    return base::fail(ErrorCode::kUnavailable, "a partition in Kafka at {} has no leader", identity_.brokers);
  }

  void ask_leader(Connection& connection, const Partitions& partitions) {
    ListOffsetsRequest request{read_committed_, timestamp_, {}};
    for (const auto& [topic, partition] : partitions) {
      if (request.topics.empty() || request.topics.back().name != topic) request.topics.push_back({topic, {}});
      request.topics.back().partitions.push_back(partition);
    }
    connection.ask(kListOffsets, request, [this, &partitions](Reader& in) {
      const auto answer = ListOffsetsResponse::read(in);
      if (!in.failed()) take(answer, partitions);
      return !in.failed();
    });
  }

  void take(const ListOffsetsResponse& answer, const Partitions& asked) {
    for (const auto& topic : answer.topics) {
      for (const auto& told : topic.partitions) {
        Partition partition(topic.name, told.index);
        if (!asked.contains(partition)) continue;
        if (is_moved(told.error)) again_.insert(partition);
        if (told.error != KafkaError::kNone) {
          answers_.insert_or_assign(std::move(partition), topic_failed(told.error, topic.name, identity_));
        } else if (told.offset < 0) {
          answers_.insert_or_assign(std::move(partition),
                                    topic_failed(KafkaError::kOffsetNotAvailable, topic.name, identity_));
        } else {
          answers_.insert_or_assign(std::move(partition), told.offset);
        }
      }
    }
  }

  void fail(const Partitions& partitions, const base::Error& error) {
    for (const auto& partition : partitions) {
      const auto known = answers_.find(partition);
      if (known != answers_.end() && known->second) continue;
      answers_.insert_or_assign(partition, std::unexpected(error));
      if (error.code == ErrorCode::kUnavailable) again_.insert(partition);
    }
  }

  Network& network_;
  Topics& topics_;
  const Identity& identity_;
  const bool read_committed_;
  const std::int64_t timestamp_;
  const base::SteadyTime deadline_;
  std::map<Partition, base::Result<lag::Offset>> answers_;
  Partitions again_;
};

}  // namespace

std::vector<std::vector<base::Result<lag::Offset>>> fetch_log_offsets(Network& network, Topics& topics,
                                                                      const Identity& identity,
                                                                      std::span<const lag::LogOffsetRequest> requests,
                                                                      bool read_committed, lag::LogPosition position,
                                                                      base::SteadyTime deadline) {
  Partitions wanted;
  for (const auto& [topic, partitions] : requests)
    for (const std::int32_t partition : partitions)
      wanted.emplace(topic, partition);
  Lookup lookup(network, topics, identity, read_committed, position, deadline);
  lookup.run(std::move(wanted));
  std::vector<std::vector<base::Result<lag::Offset>>> answers;
  for (const auto& [topic, partitions] : requests) {
    auto& offsets = answers.emplace_back();
    for (const std::int32_t partition : partitions)
      offsets.push_back(lookup.answer({topic, partition}));
  }
  return answers;
}

}  // namespace weir::kafka::wire
