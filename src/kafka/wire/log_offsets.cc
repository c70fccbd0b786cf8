#include "kafka/wire/log_offsets.h"

#include <algorithm>
#include <compare>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
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

  std::vector<std::vector<base::Result<lag::Offset>>> run(std::span<const lag::LogOffsetRequest> requests) {
    want(requests);
    auto pending = all();
    for (int round = 0; round < kMostRounds && !pending.empty(); ++round) {
      if (network_.interrupted() || Clock::now() >= deadline_) break;
      if (round > 1) std::this_thread::sleep_for(kRetryDelay);
      find_leaders(pending, round > 0);
      again_.clear();
      ask(pending);
      pending = std::exchange(again_, {});
      std::ranges::sort(pending);
      pending.erase(std::ranges::unique(pending).begin(), pending.end());
    }
    return answers(requests);
  }

 private:
  // What is wanted of one topic: its partitions, ascending, and their answers.
  struct Wanted {
    std::string topic;
    std::vector<std::int32_t> partitions;
    std::vector<base::Result<lag::Offset>> answers;
    std::span<const std::int32_t> leaders;  // by partition, as they are known now

    std::size_t position(std::int32_t partition) const {
      return static_cast<std::size_t>(std::ranges::lower_bound(partitions, partition) - partitions.begin());
    }
  };

  // A partition by its place in wanted_ and in there.
  struct Place {
    std::size_t topic = 0, position = 0;

    auto operator<=>(const Place&) const = default;
  };
  using Places = std::vector<Place>;  // ascending

  void want(std::span<const lag::LogOffsetRequest> requests) {
    for (const auto& [topic, partitions] : requests) {
      const auto [known, added] = index_of_.try_emplace(topic, wanted_.size());
      if (added) wanted_.push_back({topic, {}, {}, {}});
      auto& all = wanted_[known->second].partitions;
      all.insert(all.end(), partitions.begin(), partitions.end());
    }
    for (auto& [topic, partitions, answers, leaders] : wanted_) {
      std::ranges::sort(partitions);
      partitions.erase(std::ranges::unique(partitions).begin(), partitions.end());
      answers.assign(partitions.size(),
                     base::fail(ErrorCode::kUnavailable, "Kafka at {} did not answer in time", identity_.brokers));
    }
  }

  Places all() const {
    Places places;
    for (std::size_t topic = 0; topic < wanted_.size(); ++topic)
      for (std::size_t position = 0; position < wanted_[topic].partitions.size(); ++position)
        places.push_back({topic, position});
    return places;
  }

  std::vector<std::vector<base::Result<lag::Offset>>> answers(std::span<const lag::LogOffsetRequest> requests) const {
    std::vector<std::vector<base::Result<lag::Offset>>> answers;
    answers.reserve(requests.size());
    for (const auto& [topic, partitions] : requests) {
      const Wanted& wanted = wanted_[index_of_.at(topic)];
      auto& offsets = answers.emplace_back();
      offsets.reserve(partitions.size());
      for (const std::int32_t partition : partitions)
        offsets.push_back(wanted.answers[wanted.position(partition)]);
    }
    return answers;
  }

  // -1: not known.
  std::int32_t leader(Place place) const {
    const Wanted& wanted = wanted_[place.topic];
    const auto partition = static_cast<std::size_t>(wanted.partitions[place.position]);
    return partition < wanted.leaders.size() ? wanted.leaders[partition] : -1;
  }

  void look_up_leaders() {
    for (Wanted& wanted : wanted_)
      wanted.leaders = topics_.leaders(wanted.topic);
  }

  // Asks for the leaders that are not known, or of all: those that were known did not answer for their partitions.
  void find_leaders(const Places& places, bool all) {
    look_up_leaders();
    std::set<std::string> unknown;
    for (const Place place : places)
      if (all || leader(place) < 0) unknown.insert(wanted_[place.topic].topic);
    if (unknown.empty()) return;
    // A failure shows in the requests that follow.
    static_cast<void>(topics_.refresh(std::vector<std::string>(unknown.begin(), unknown.end()), deadline_));
    look_up_leaders();
  }

  void ask(const Places& pending) {
    std::map<std::int32_t, Places> by_leader;
    for (const Place place : pending) {
      Wanted& wanted = wanted_[place.topic];
      const auto node = leader(place);
      const auto problem = node < 0 ? topics_.problem(wanted.topic, wanted.partitions[place.position]) : std::nullopt;
      if (problem) {
        wanted.answers[place.position] = std::unexpected(*problem);
      } else {
        by_leader[node].push_back(place);
      }
    }
    // Before any connection is taken, as it may close some.
    if (const auto leaderless = by_leader.extract(-1)) fail(leaderless.mapped(), no_leader());
    std::vector<Connection*> connections;
    std::map<const Connection*, const Places*> asked;
    for (const std::int32_t leader : network_.held_first(by_leader | std::views::keys)) {
      const Places& places = by_leader.at(leader);
      const auto connection = network_.node(leader, deadline_);
      if (!connection) {
        fail(places, connection.error());
        continue;
      }
      ask_leader(**connection, places);
      // Sent at once: to connect to the next broker may take long. A failure is told again.
      static_cast<void>((*connection)->advance());
      connections.push_back(*connection);
      asked[*connection] = &places;
    }
    for (const auto& [connection, error] : network_.run(connections, deadline_))
      fail(*asked.at(connection), error);
  }

  base::Error no_leader() const {
    if (const auto reachable = network_.any(deadline_); !reachable) return reachable.error();
    return {ErrorCode::kUnavailable, fmt::format("a partition in Kafka at {} has no leader", identity_.brokers)};
  }

  void ask_leader(Connection& connection, const Places& places) {
    ListOffsetsRequest request{read_committed_, timestamp_, {}};
    std::optional<std::size_t> last;
    for (const auto& [topic, position] : places) {
      if (last != topic) request.topics.push_back({wanted_[topic].topic, {}});
      last = topic;
      request.topics.back().partitions.push_back(wanted_[topic].partitions[position]);
    }
    connection.ask(kListOffsets, request, [this, &places](Reader& in) {
      const auto answer = ListOffsetsResponse::read(in);
      if (!in.failed()) take(answer, places);
      return !in.failed();
    });
  }

  void take(const ListOffsetsResponse& answer, const Places& asked) {
    for (const auto& topic : answer.topics) {
      const auto known = index_of_.find(topic.name);
      if (known == index_of_.end()) continue;
      Wanted& wanted = wanted_[known->second];
      for (const auto& told : topic.partitions) {
        const Place place{known->second, wanted.position(told.index)};
        const bool is_asked =
            std::ranges::binary_search(asked, place) && wanted.partitions[place.position] == told.index;
        if (!is_asked) continue;
        if (is_moved(told.error)) again_.push_back(place);
        if (told.error == KafkaError::kUnknownTopicOrPartition) {
          // Of a partition that there is, by the metadata: its leader has yet to hear of it.
          wanted.answers[place.position] = topic_failed(KafkaError::kLeaderNotAvailable, topic.name, identity_);
        } else if (told.error != KafkaError::kNone) {
          wanted.answers[place.position] = topic_failed(told.error, topic.name, identity_);
        } else if (told.offset < 0) {
          wanted.answers[place.position] = topic_failed(KafkaError::kOffsetNotAvailable, topic.name, identity_);
        } else {
          wanted.answers[place.position] = told.offset;
        }
      }
    }
  }

  void fail(const Places& places, const base::Error& error) {
    for (const Place place : places) {
      auto& answer = wanted_[place.topic].answers[place.position];
      if (answer) continue;
      answer = std::unexpected(error);
      if (error.code == ErrorCode::kUnavailable) again_.push_back(place);
    }
  }

  Network& network_;
  Topics& topics_;
  const Identity& identity_;
  const bool read_committed_;
  const std::int64_t timestamp_;
  const base::SteadyTime deadline_;
  std::unordered_map<std::string, std::size_t> index_of_;
  std::vector<Wanted> wanted_;
  Places again_;
};

}  // namespace

std::vector<std::vector<base::Result<lag::Offset>>> fetch_log_offsets(Network& network, Topics& topics,
                                                                      const Identity& identity,
                                                                      std::span<const lag::LogOffsetRequest> requests,
                                                                      bool read_committed, lag::LogPosition position,
                                                                      base::SteadyTime deadline) {
  return Lookup(network, topics, identity, read_committed, position, deadline).run(requests);
}

}  // namespace weir::kafka::wire
