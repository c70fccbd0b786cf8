#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace weir::placement {

using Ordinal = std::int32_t;  // of a pod in its StatefulSet
using Count = std::int32_t;    // virtual replicas, pods, or units of a pod's capacity

// StatefulSets are counted in thousands; a pod named beyond this is not one of a pool's.
inline constexpr Ordinal kMaxOrdinal = 99'999;

struct GroupKey {
  std::string ns;
  std::string name;

  auto operator<=>(const GroupKey&) const = default;
};

// `namespace/name`.
std::string to_string(const GroupKey& key);

struct Placement {
  Ordinal pod = 0;
  Count vreplicas = 0;

  bool operator==(const Placement&) const = default;
};

// One a pod, by ordinal, none with 0 virtual replicas.
using Placements = std::vector<Placement>;

Count total(const Placements& placements);

// A pod of the pool as the API server has it.
struct Pod {
  Ordinal ordinal = 0;
  std::string node = {};     // empty until it is bound to one
  bool terminating = false;  // has a deletionTimestamp
  bool failed = false;       // phase Failed or Succeeded
  bool unschedulable =
      false;          // annotated weir.dev/unschedulable: nothing new, and what is there leaves within the budget
  bool full = false;  // its assignment has no room left, whatever its capacity

  bool operator==(const Pod&) const = default;
};

struct Node {
  std::string name;
  std::string zone = {};  // topology.kubernetes.io/zone; nodes without one share a zone of their own
  bool ready = true;      // condition Ready is True and it has no unreachable taint
  bool cordoned = false;

  bool operator==(const Node&) const = default;
};

// What a ConsumerGroup asks of the pool.
struct Demand {
  Count vreplicas = 0;                             // spec.replicas
  std::optional<Count> partitions = std::nullopt;  // of its topics; none while unknown, and then nothing is capped
  Count cost = 1;                                  // units of a pod's capacity that each virtual replica takes

  bool operator==(const Demand&) const = default;
};

// The ordinal in `<stateful_set>-<ordinal>`. kInvalidArgument for every other name.
base::Result<Ordinal> parse_pod_name(std::string_view stateful_set, std::string_view pod);

}  // namespace weir::placement
