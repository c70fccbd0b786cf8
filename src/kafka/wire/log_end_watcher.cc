#include "kafka/wire/log_end_watcher.h"

#include <algorithm>
#include <utility>

#include <poll.h>

#include "base/this_thread.h"
#include "kafka/deadline.h"
#include "kafka/session_name.h"

namespace weir::kafka::wire {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

// One broker that cannot be reached must not keep the others waiting: it has so long at first, twice as long after each
// time that this was too short, and is left alone for several times as long when it had all the time there is.
constexpr milliseconds kFirstConnectTime{500};
constexpr int kPauseFactor = 5;
constexpr milliseconds kLookAgain{250};
constexpr milliseconds kLongestWait{1000};
constexpr std::chrono::seconds kLongQuiet{10};
// An ACL that was granted since is noticed after so long.
constexpr std::chrono::seconds kUnreadableFor{60};

}  // namespace

LogEndWatcher::LogEndWatcher(const SessionKey& key, const SessionOptions& options, lag::LogEndListener listener,
                             std::function<void(const Network::Totals&)> account)
    : read_committed_(key.read_committed),
      request_timeout_(options.request_timeout),
      listener_(std::move(listener)),
      account_(std::move(account)),
      identity_(identity_of(key)),
      network_(key, options.request_timeout),
      topics_(network_, identity_, options.metadata_max_age),
      find_leaders_backoff_(milliseconds(250), milliseconds(5000)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

LogEndWatcher::~LogEndWatcher() {
  thread_.request_stop();
  network_.interrupt();
  wakeup_.notify();
  thread_.join();
}

void LogEndWatcher::watch(const std::vector<lag::LogEnd>& partitions) {
  PartitionOffsetMap named;
  for (const auto& [topic, partition, offset] : partitions)
    named.insert_or_assign({topic, partition}, offset);
  {
    const std::scoped_lock lock(mutex_);
    if (named == named_) return;
    named_ = std::move(named);
    named_anew_ = true;
  }
  wakeup_.notify();
}

void LogEndWatcher::run(const std::stop_token& stop) {
  base::name_this_thread("log_end_watch");
  while (!stop.stop_requested()) {
    take_named();
    auto now = Clock::now();
    if (!elsewhere_.empty() && now >= find_leaders_at_) find_leaders(now);
    if (std::exchange(route_anew_, false)) route(now);
    ask(now);
    deliver(Clock::now());
    wait(Clock::now());
    now = Clock::now();
    auto connections = connections_;
    for (const auto& [node, connection] : connections)
      advance(node, now);
    deliver(now);
    if (!connections.empty()) account_(network_.totals());
  }
}

void LogEndWatcher::take_named() {
  {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(named_anew_, false)) return;
    wanted_ = named_;
  }
  std::erase_if(told_, [this](const auto& told) {
    const auto named = wanted_.find(told.first);
    return named == wanted_.end() || named->second != told.second;
  });
  for (const auto& [key, offset] : told_)
    wanted_.erase(key);
  std::erase_if(elsewhere_, [this](const PartitionKey& key) { return !wanted_.contains(key); });
  route_anew_ = true;
}

void LogEndWatcher::route(base::SteadyTime now) {
  std::map<std::int32_t, std::pair<PartitionOffsetMap, PartitionOffsetMap>> led;
  std::erase_if(unreadable_, [now](const auto& topic) { return now >= topic.second; });
  for (const auto& [key, offset] : wanted_) {
    const std::int32_t leader = topics_.leader(key.first, key.second);
    if (leader < 0) elsewhere_.insert(key);
    if (elsewhere_.contains(key)) continue;
    auto& [readable, unreadable] = led[leader];
    (unreadable_.contains(key.first) ? unreadable : readable).insert({key, offset});
  }
  for (auto& [node, broker] : brokers_)
    if (!led.contains(node)) broker.want({}, {});
  for (auto& [node, partitions] : led)
    brokers_[node].want(std::move(partitions.first), std::move(partitions.second));
}

void LogEndWatcher::find_leaders(base::SteadyTime now) {
  if (now - find_leaders_at_ > kLongQuiet) find_leaders_backoff_.reset();
  find_leaders_at_ = now + find_leaders_backoff_.next(0.5);
  std::set<std::string> names;
  for (const auto& [topic, partition] : elsewhere_)
    names.insert(topic);
  const std::vector<std::string> topics(names.begin(), names.end());
  const auto allowed = std::max(request_timeout_, kFirstConnectTime + BrokerWatch::kMostWait);
  const auto refreshed = topics_.refresh(topics, now + allowed);
  check_connections();
  if (!refreshed) return;
  for (const PartitionKey& key : std::exchange(elsewhere_, {})) {
    if (topics_.problem(key.first, key.second)) {
      news_.moved.push_back({key.first, key.second, std::nullopt});
    } else if (topics_.leader(key.first, key.second) < 0) {
      elsewhere_.insert(key);
    }
  }
  route_anew_ = true;
}

// Asking for metadata may have closed connections, and opened others in their place.
void LogEndWatcher::check_connections() {
  std::erase_if(connections_, [this](const auto& held) {
    const auto& [node, connection] = held;
    if (network_.held(node) == connection && connection->outstanding() > 0) return false;
    if (brokers_[node].waiting()) brokers_[node].reset();
    return true;
  });
}

void LogEndWatcher::ask(base::SteadyTime now) {
  const auto allowed = budget_.next(now);
  for (auto& [node, broker] : brokers_) {
    broker.postpone(allowed);
    if (broker.wanted() && !broker.waiting() && now >= broker.due()) ask(node, broker, now);
  }
}

void LogEndWatcher::ask(std::int32_t node, BrokerWatch& broker, base::SteadyTime now) {
  milliseconds& allowed = connect_times_.try_emplace(node, std::min(kFirstConnectTime, request_timeout_)).first->second;
  const auto begin = Clock::now();
  const auto connection = network_.node(node, begin + allowed);
  if (!connection) {
    const auto took = Clock::now() - begin;
    const bool was_short = took >= allowed * 9 / 10 && allowed < request_timeout_;
    if (was_short) allowed = std::min(2 * allowed, request_timeout_);
    return lose(node, connection.error(), was_short ? kLookAgain : kPauseFactor * took);
  }
  broker.ask(**connection, read_committed_, now, news_);
  connections_[node] = *connection;
  advance(node, now);
}

void LogEndWatcher::lose(std::int32_t node, const base::Error& error, Clock::duration pause) {
  BrokerWatch& broker = brokers_[node];
  if (const auto held = connections_.extract(node)) network_.drop(held.mapped(), error);
  broker.reset();
  broker.postpone(Clock::now() + std::max<Clock::duration>(pause, kLookAgain));
  // Perhaps its partitions are led by others now.
  for (const auto& [key, offset] : wanted_)
    if (topics_.leader(key.first, key.second) == node) elsewhere_.insert(key);
  route_anew_ = true;
}

base::SteadyTime LogEndWatcher::wake_at(base::SteadyTime now) const {
  auto at = now + kLongestWait;
  if (!elsewhere_.empty()) at = std::min(at, find_leaders_at_);
  for (const auto& [node, broker] : brokers_)
    if (broker.wanted() && !broker.waiting()) at = std::min(at, broker.due());
  return at;
}

void LogEndWatcher::wait(base::SteadyTime now) {
  std::vector<pollfd> wanted{{wakeup_.descriptor(), POLLIN, 0}};
  for (const auto& [node, connection] : connections_)
    wanted.push_back(
        {connection->descriptor(), static_cast<short>(POLLIN | (connection->wants_write() ? POLLOUT : 0)), 0});
  poll(wanted.data(), wanted.size(), remaining_ms(wake_at(now)));
  if (wanted.front().revents != 0) wakeup_.clear();
}

void LogEndWatcher::advance(std::int32_t node, base::SteadyTime now) {
  const auto held = connections_.find(node);
  if (held == connections_.end()) return;
  Connection& connection = *held->second;
  if (const auto advanced = connection.advance(); !advanced) return lose(node, advanced.error());
  const BrokerWatch& broker = brokers_[node];
  if (!broker.waiting()) {
    connections_.erase(held);
  } else if (now - broker.asked() > BrokerWatch::kMostWait + request_timeout_) {
    lose(node, {base::ErrorCode::kUnavailable,
                fmt::format("Kafka at {} did not answer a Fetch in time", connection.address())});
  }
}

void LogEndWatcher::deliver(base::SteadyTime now) {
  if (news_.empty()) return;
  WatchNews news = std::exchange(news_, {});
  elsewhere_.insert(news.elsewhere.begin(), news.elsewhere.end());
  for (const auto& topic : news.unreadable)
    unreadable_[topic] = now + kUnreadableFor;
  route_anew_ = true;
  // What is no longer wanted was told of already.
  std::erase_if(news.moved, [this](const lag::LogEndMove& move) {
    const auto wanted = wanted_.find({move.topic, move.partition});
    if (wanted == wanted_.end()) return true;
    told_.insert(*wanted);
    wanted_.erase(wanted);
    return false;
  });
  if (news.moved.empty()) return;
  budget_.spend(now);
  listener_(news.moved);
}

}  // namespace weir::kafka::wire
