#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/client.h"
#include "kafka/client_handle.h"

namespace weir::kafka {

// How many partitions topics have, asked of one client for all topics in one request, and where their leaders are,
// which the client keeps for itself. Not thread-safe; must go before the client.
class TopicMetadata {
 public:
  TopicMetadata(const Client& client, std::chrono::milliseconds max_age) : client_(client), max_age_(max_age) {}

  // Partition counts by topic, from memory where they are young enough.
  std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                           base::SteadyTime deadline);

  // Makes the client learn the present leaders of all topics that were asked lately.
  base::Result<void> refresh(base::SteadyTime deadline);

  // The broker that led a partition at the last refresh; -1 when not known.
  std::int32_t leader(const std::string& topic, std::int32_t partition) const;

  // Makes sure that the client never asks for topics in the way that creates them.
  base::Result<void> keep_handle(const std::string& topic);

 private:
  struct Topic {
    TopicPtr handle;
    base::SteadyTime wanted;
    base::SteadyTime learned;
    base::Result<std::int32_t> count = 0;  // as it was learned
    std::vector<std::int32_t> leaders;     // by partition
  };

  // Bad news is not kept: a topic may be created or allowed at any time.
  bool is_fresh(const Topic& topic) const;
  void drop_unwanted(base::SteadyTime now);
  void learn(const struct rd_kafka_metadata& answer, base::SteadyTime now);

  const Client& client_;
  const std::chrono::milliseconds max_age_;
  std::map<std::string, Topic> topics_;
};

}  // namespace weir::kafka
