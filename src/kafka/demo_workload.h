#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"

namespace weir::kafka {

// The topic and group of a demonstration, on a cluster that wants no credentials.
struct DemoTarget {
  std::string bootstrap_servers;  // separated by commas
  std::string topic;
  std::string group;
};

struct DemoTopic {
  int partitions = 0;
  bool created = false;
};

// Finds the topic, or creates it with `partitions` where it does not exist. kUnavailable when no broker answers in 5 s.
base::Result<DemoTopic> ensure_demo_topic(const DemoTarget& target, int partitions);

// Commits the log end of every partition for the group, so that what earlier runs left is not lag. The group must have
// no members.
base::Result<void> commit_log_end(const DemoTarget& target, int partitions);

// Writes small records round robin over the partitions of a topic. Not thread-safe.
class DemoProducer {
 public:
  static base::Result<std::unique_ptr<DemoProducer>> start(const DemoTarget& target, int partitions);
  ~DemoProducer();

  // Queues so many records for sending. Those that do not fit into the client's queue are left out of the result.
  std::int64_t produce(std::int64_t records);

 private:
  struct Impl;
  explicit DemoProducer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Replicas of a consumer: each has a client and a thread of its own, reads its share of the partitions at a limited
// rate and commits what it has read twice a second. Not thread-safe.
class DemoConsumers {
 public:
  DemoConsumers(DemoTarget target, int partitions, int records_per_second);
  ~DemoConsumers();  // stops and commits

  // Runs so many replicas from here on. A change stops all of them, which commits, and deals the partitions anew.
  // kInternal when a client cannot be made.
  base::Result<void> set_replicas(int replicas);
  int replicas() const;
  std::int64_t consumed() const;  // records, by all replicas so far

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::kafka
