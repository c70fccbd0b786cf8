#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/wire/errors.h"
#include "kafka/wire/find_coordinator.h"
#include "kafka/wire/network.h"

namespace weir::kafka::wire {

// Which broker coordinates each group, kept until that broker says otherwise. Used by one thread at a time.
class Coordinators {
 public:
  Coordinators(Network& network, const Identity& identity) : network_(network), identity_(identity) {}

  // The coordinators of the groups, by their index: of what is known, else asked in batches.
  std::vector<base::Result<std::int32_t>> find(std::span<const std::string_view> groups, base::SteadyTime deadline);

  // Forgets that the broker coordinates the group, as it said.
  void forget(std::string_view group, std::int32_t node);
  // Forgets all groups that a broker coordinated: it does not answer any more.
  void forget_node(std::int32_t node);

 private:
  // So that a view finds a string.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the library looks for this name
  };
  using Found = std::map<std::string, base::Result<std::int32_t>>;

  // Both of groups in ascending order.
  Found ask(const std::vector<std::string>& groups, base::SteadyTime deadline);
  void take(const FindCoordinatorResponse& answer, const std::vector<std::string>& asked, Found& found);

  Network& network_;
  const Identity& identity_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> nodes_;
};

}  // namespace weir::kafka::wire
