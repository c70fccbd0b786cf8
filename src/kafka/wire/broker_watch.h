#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kafka/wire/connection.h"
#include "kafka/wire/fetch_session.h"
#include "kafka/wire/list_offsets.h"
#include "lag/log_end_watch.h"

namespace weir::kafka::wire {

// What brokers said about watched partitions.
struct WatchNews {
  std::vector<lag::LogEndMove> moved;
  std::set<PartitionKey> elsewhere;  // led by another broker, or by none
  std::set<std::string> unreadable;  // topics that Fetch is denied
  bool empty() const { return moved.empty() && elsewhere.empty() && unreadable.empty(); }
};

// Watches the partitions that one broker leads over a connection that serves nothing else, since a broker answers the
// requests of a connection one after another: by a Fetch long poll, and by asking every kTick for the ends of those
// that Fetch may not read (READ is denied, DESCRIBE suffices for their ends). One round of requests at a time. Not
// thread-safe.
class BrokerWatch {
 public:
  static constexpr std::chrono::milliseconds kMostWait{500};
  static constexpr std::chrono::milliseconds kTick{250};

  // Where partitions end that shall be watched, from the next round on.
  void want(PartitionOffsetMap readable, PartitionOffsetMap unreadable);

  bool wanted() const { return !readable_.empty() || !unreadable_.empty(); }
  bool waiting() const { return waiting_ > 0; }
  base::SteadyTime asked() const { return asked_; }
  // The earliest time for the next round.
  base::SteadyTime due() const { return due_; }
  void postpone(base::SteadyTime until) { due_ = std::max(due_, until); }

  // Asks a round. `news` is added to when answers come, and must live as long as the connection.
  void ask(Connection& connection, bool read_committed, base::SteadyTime now, WatchNews& news);

  // The connection is gone, and what the broker remembered with it.
  void reset();

 private:
  void ask_fetch(Connection& connection, bool read_committed, WatchNews& news);
  void ask_ends(Connection& connection, bool read_committed, WatchNews& news);
  void take(const FetchResponse& response, bool read_committed, WatchNews& news);
  void take(const ListOffsetsResponse& response, WatchNews& news);

  PartitionOffsetMap readable_, unreadable_;
  FetchSession session_;
  int waiting_ = 0;  // answers of the present round that have not come
  base::SteadyTime asked_, due_;
};

}  // namespace weir::kafka::wire
