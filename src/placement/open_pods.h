#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "placement/types.h"

namespace weir::placement {

using NodeId = std::int32_t;
using ZoneId = std::int32_t;
inline constexpr NodeId kNoNode = -1;
inline constexpr ZoneId kNoZone = -1;

// The pods with room for one more virtual replica of one cost, by node and by zone. Not thread-safe.
class OpenPods {
 public:
  // Nodes by their lowest open pod.
  using Nodes = std::set<std::pair<Ordinal, NodeId>>;

  explicit OpenPods(Count cost) : cost_(cost) {}

  // A pod of the node has another room.
  void change_room(Ordinal pod, NodeId node, ZoneId zone, Count before, Count now);

  Count cost() const { return cost_; }
  Count pods() const { return pods_; }
  Count nodes() const { return nodes_; }
  // How many virtual replicas there is room for, on all of them.
  std::int64_t places() const { return places_; }
  // Ascending.
  std::span<const Ordinal> on_node(NodeId node) const {
    const auto at = static_cast<std::size_t>(node);
    return at < on_node_.size() ? std::span<const Ordinal>(on_node_[at]) : std::span<const Ordinal>();
  }
  const Nodes& in_zone(ZoneId zone) const {
    const auto at = static_cast<std::size_t>(zone);
    return at < in_zone_.size() ? in_zone_[at] : none_;
  }

 private:
  void set_open(Ordinal pod, NodeId node, ZoneId zone, bool open);

  Count cost_;
  Count pods_ = 0;
  Count nodes_ = 0;
  std::int64_t places_ = 0;
  std::vector<std::vector<Ordinal>> on_node_;
  std::vector<Nodes> in_zone_;
  Nodes none_;
};

}  // namespace weir::placement
