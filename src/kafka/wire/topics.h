#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/wire/errors.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/network.h"

namespace weir::kafka::wire {

// Partitions and leaders of the topics that are asked for, kept for a while. Used by one thread at a time.
class Topics {
 public:
  Topics(Network& network, const Identity& identity, std::chrono::milliseconds max_age)
      : network_(network), identity_(identity), max_age_(max_age) {}

  // How many partitions each has: of what is known and fresh, else of a new answer.
  std::vector<base::Result<std::int32_t>> counts(std::span<const std::string> topics, base::SteadyTime deadline);

  // The broker that leads each partition, -1 where that is not known; none of a topic that is not known or cannot be
  // read. Valid until the next call that asks.
  std::span<const std::int32_t> leaders(const std::string& topic) const;
  std::int32_t leader(const std::string& topic, std::int32_t partition) const;

  // Why a partition cannot be read, as far as its topic's answer tells: denied, missing, or a number it does not have.
  std::optional<base::Error> problem(const std::string& topic, std::int32_t partition) const;

  // Asks about these topics now.
  base::Result<void> refresh(std::span<const std::string> topics, base::SteadyTime deadline);

 private:
  struct Topic {
    base::Result<std::int32_t> count = 0;
    std::vector<std::int32_t> leaders;
    base::SteadyTime learned, wanted;
  };

  void learn(const MetadataResponse& answer, base::SteadyTime now);
  void forget_unwanted(base::SteadyTime now);

  Network& network_;
  const Identity& identity_;
  const std::chrono::milliseconds max_age_;
  std::map<std::string, Topic> topics_;
};

}  // namespace weir::kafka::wire
