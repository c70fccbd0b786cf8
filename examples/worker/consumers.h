#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "worker/kafka_consumer.h"

namespace weir::worker {

// So many consumers of a group.
struct GroupWanted {
  ConsumerSettings settings;
  int consumers = 0;
};

// The consumers that run, by group. Not thread-safe.
class Consumers {
 public:
  Consumers(RecordHandler& handler, telemetry::Logger logger) : handler_(handler), logger_(std::move(logger)) {}
  ~Consumers() { drain(); }

  // Runs as many of each group as are wanted, under whatever key it comes, and none else. Those that are not wanted any
  // more have left their groups when it returns. What could not be started is told, by key, and tried by the next call.
  std::map<std::string, base::Error> run(const std::map<std::string, GroupWanted>& wanted);

  // Has all of them commit and leave.
  void drain();

  int running(const std::string& key) const;
  int running() const;

 private:
  struct Group {
    ConsumerSettings settings;
    std::vector<std::unique_ptr<KafkaConsumer>> consumers;
  };

  base::Result<void> fill(Group& group, int consumers);

  RecordHandler& handler_;
  const telemetry::Logger logger_;
  std::map<std::string, Group> groups_;
};

}  // namespace weir::worker
