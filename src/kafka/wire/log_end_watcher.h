#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kafka/kafka_errors.h"
#include "kafka/session_pool.h"
#include "kafka/wire/broker_watch.h"
#include "kafka/wire/network.h"
#include "kafka/wire/topics.h"
#include "kafka/wire/wake_budget.h"
#include "kafka/wire/wakeup.h"
#include "lag/log_end_watch.h"

namespace weir::kafka::wire {

// The watch of one session: a thread with a connection of its own to each broker that leads a watched partition.
class LogEndWatcher final : public lag::LogEndWatch {
 public:
  // `account` gets the totals of its connections, on its thread, whenever they may have changed.
  LogEndWatcher(const SessionKey& key, const SessionOptions& options, lag::LogEndListener listener,
                std::function<void(const Network::Totals&)> account);
  ~LogEndWatcher() override;

  void watch(const std::vector<lag::LogEnd>& partitions) override;

 private:
  void run(const std::stop_token& stop);
  void take_named();
  // Gives each broker what it leads of the wanted partitions.
  void route(base::SteadyTime now);
  void find_leaders(base::SteadyTime now);
  void check_connections();
  void ask(base::SteadyTime now);
  void ask(std::int32_t node, BrokerWatch& broker, base::SteadyTime now);
  void wait(base::SteadyTime now);
  void advance(std::int32_t node, base::SteadyTime now);
  // What it leads is asked for elsewhere at once, and of it after a pause.
  void lose(std::int32_t node, const base::Error& error, base::SteadyTime::duration pause = {});
  void deliver(base::SteadyTime now);
  base::SteadyTime wake_at(base::SteadyTime now) const;

  const bool read_committed_;
  const std::chrono::milliseconds request_timeout_;
  const lag::LogEndListener listener_;
  const std::function<void(const Network::Totals&)> account_;
  const Identity identity_;

  std::mutex mutex_;
  PartitionOffsetMap named_;  // as watch() said last
  bool named_anew_ = false;
  Wakeup wakeup_;

  // Of the thread alone. Brokers and news outlive the connections, whose answers refer to them.
  WatchNews news_;
  std::map<std::int32_t, BrokerWatch> brokers_;
  Network network_;
  Topics topics_;
  std::map<std::int32_t, Connection*> connections_;                  // with answers outstanding
  std::map<std::int32_t, std::chrono::milliseconds> connect_times_;  // how long it may take
  PartitionOffsetMap wanted_;
  PartitionOffsetMap told_;                             // moved since they were named at this offset
  std::set<PartitionKey> elsewhere_;                    // not where they were thought to be led
  std::map<std::string, base::SteadyTime> unreadable_;  // topics that Fetch is denied, and until when that is believed
  bool route_anew_ = false;
  base::SteadyTime find_leaders_at_;
  base::Backoff find_leaders_backoff_;
  WakeBudget budget_;

  std::jthread thread_;
};

}  // namespace weir::kafka::wire
