#include "kafka/wire/broker_watch.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weir::kafka::wire {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastApart{100};

enum class Verdict { kGood, kElsewhere, kUnreadable, kUnclear };

Verdict judge(KafkaError error) {
  switch (error) {
    case KafkaError::kNone:
      return Verdict::kGood;
    case KafkaError::kNotLeaderOrFollower:
    case KafkaError::kLeaderNotAvailable:
    case KafkaError::kReplicaNotAvailable:
    case KafkaError::kFencedLeaderEpoch:
    case KafkaError::kUnknownLeaderEpoch:
    case KafkaError::kUnknownTopicOrPartition:
    case KafkaError::kKafkaStorageError:
      return Verdict::kElsewhere;
    case KafkaError::kTopicAuthorizationFailed:
      return Verdict::kUnreadable;
    default:
      return Verdict::kUnclear;
  }
}

// Adds what a broker said of one partition, which was watched from `before` on. A log that ends earlier now was made
// anew.
void add(WatchNews& news, const PartitionKey& key, KafkaError error, lag::Offset end, lag::Offset before) {
  switch (judge(error)) {
    case Verdict::kGood:
      if (end > before) news.moved.push_back({key.first, key.second, end});
      if (end < before) news.moved.push_back({key.first, key.second, std::nullopt});
      break;
    case Verdict::kElsewhere:
      news.elsewhere.insert(key);
      break;
    case Verdict::kUnreadable:
      news.unreadable.insert(key.first);
      break;
    case Verdict::kUnclear:
      news.moved.push_back({key.first, key.second, std::nullopt});
      break;
  }
}

}  // namespace

void BrokerWatch::want(PartitionOffsetMap readable, PartitionOffsetMap unreadable) {
  readable_ = std::move(readable);
  unreadable_ = std::move(unreadable);
}

void BrokerWatch::reset() {
  session_ = FetchSession();
  waiting_ = 0;
}

void BrokerWatch::ask(Connection& connection, bool read_committed, base::SteadyTime now, WatchNews& news) {
  asked_ = now;
  due_ = now;
  if (!unreadable_.empty()) {
    due_ = now + kTick;
    ask_ends(connection, read_committed, news);
  }
  if (!readable_.empty()) ask_fetch(connection, read_committed, news);
}

void BrokerWatch::ask_fetch(Connection& connection, bool read_committed, WatchNews& news) {
  FetchRequest request = session_.next(readable_);
  request.read_committed = read_committed;
  // Ends that are asked for behind a long poll wait for its answer.
  request.max_wait_ms = static_cast<std::int32_t>((unreadable_.empty() ? kMostWait : kTick).count());
  ++waiting_;
  connection.ask(kFetch, request, [this, read_committed, &news](Reader& in) {
    const auto response = FetchResponse::read(in);
    if (in.failed()) return false;
    --waiting_;
    take(response, read_committed, news);
    return true;
  });
}

void BrokerWatch::take(const FetchResponse& response, bool read_committed, WatchNews& news) {
  // A broker that throttles closes its ear for so long (KIP-219).
  postpone(asked_ + milliseconds(std::clamp(response.throttle_time_ms, 0, 60'000)));
  if (!session_.take(response)) {
    postpone(asked_ + kTick);
    return;
  }
  bool news_of_any = false;
  for (const auto& topic : response.topics) {
    for (const auto& told : topic.partitions) {
      const PartitionKey key(topic.name, told.index);
      const auto watched = readable_.find(key);
      if (watched == readable_.end()) continue;
      const auto end = read_committed ? told.last_stable_offset : told.high_watermark;
      news_of_any = news_of_any || told.error != KafkaError::kNone || end != watched->second;
      add(news, key, told.error, end, watched->second);
    }
  }
  // Whatever makes a broker answer at once though it has no news must not make this client ask without a pause.
  if (!news_of_any) postpone(asked_ + kLeastApart);
}

void BrokerWatch::ask_ends(Connection& connection, bool read_committed, WatchNews& news) {
  ListOffsetsRequest request{read_committed, ListOffsetsRequest::kLatest, {}};
  for (const auto& [key, offset] : unreadable_) {
    if (request.topics.empty() || request.topics.back().name != key.first) request.topics.push_back({key.first, {}});
    request.topics.back().partitions.push_back(key.second);
  }
  ++waiting_;
  connection.ask(kListOffsets, request, [this, &news](Reader& in) {
    const auto response = ListOffsetsResponse::read(in);
    if (in.failed()) return false;
    --waiting_;
    take(response, news);
    return true;
  });
}

void BrokerWatch::take(const ListOffsetsResponse& response, WatchNews& news) {
  for (const auto& topic : response.topics) {
    for (const auto& told : topic.partitions) {
      const PartitionKey key(topic.name, told.index);
      const auto watched = unreadable_.find(key);
      if (watched == unreadable_.end()) continue;
      // Denied DESCRIBE too: the next refresh reports it.
      const auto error =
          told.error == KafkaError::kTopicAuthorizationFailed ? KafkaError::kUnknownServerError : told.error;
      add(news, key, error, told.offset, watched->second);
    }
  }
}

}  // namespace weir::kafka::wire
