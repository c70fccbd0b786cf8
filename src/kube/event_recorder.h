#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "kube/client.h"
#include "telemetry/logging.h"

namespace weir::kube {

enum class EventType { kNormal, kWarning };

struct Event {
  EventType type = EventType::kNormal;
  std::string reason;  // CamelCase, as a condition's
  std::string action;  // CamelCase: what was being done
  std::string note;
};

// Tells users of an object what happened to it (events.k8s.io/v1), from a thread of its own. The same event of the same
// object again becomes part of a series, written once a minute at most. Beyond 5,000 that wait, new ones are dropped.
// Thread-safe.
class EventRecorder {
 public:
  // `client` should be for events alone: they are many at times, and never urgent. `controller` names the writer.
  EventRecorder(Client& client, std::string controller, std::string instance, const base::Clock& clock,
                telemetry::Logger logger);
  ~EventRecorder();  // what waits is dropped

  // `about` needs apiVersion, kind and metadata with uid.
  void record(const Json& about, Event event);

 private:
  struct Item {
    ObjectKey key;
    Json regarding;
    Event event;
    std::string id;  // equal for what belongs to one series
  };
  struct Series {
    std::string name;
    std::int64_t count = 1;
    base::SteadyTime written{}, seen{};
  };

  void run(const std::stop_token& stop);
  void write(const Item& item);
  void write_first(const Item& item);
  void write_series(const Item& item, Series& series);
  void forget_old(base::SteadyTime now);

  Client& client_;
  const std::string controller_, instance_;
  const base::Clock& clock_;
  const telemetry::Logger logger_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Item> waiting_;
  std::map<std::string, Series> series_;  // of the thread alone
  std::uint64_t last_number_ = 0;
  std::jthread thread_;
};

}  // namespace weir::kube
