#include <cstdlib>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

bool is_available(const Tally& tally, NodeId id) {
  const Pool::NodeSlot& node = tally.pool().node(id);
  return node.known && node.ready && !node.cordoned;
}

class AvailabilityNode final : public Score {
 public:
  std::string_view name() const override { return "AvailabilityNodePriority"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    const std::int64_t count = std::int64_t{candidate.on_node} + 1;
    std::int64_t sum = 0;
    // Nodes with none of the group are alike, and may be thousands.
    Count others = tally.pool().available_nodes() - (is_available(tally, candidate.node) ? 1 : 0);
    for (const NodeId node : tally.nodes()) {
      if (node == candidate.node || !is_available(tally, node)) continue;
      sum += std::abs(count - tally.on_node(node));
      --others;
    }
    return sum + count * others;
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of nodes add up to {}", cost(tally, candidate));
  }
};

// Over the nodes that have some of the group.
class RemoveWithAvailabilityNode final : public Score {
 public:
  std::string_view name() const override { return "RemoveWithAvailabilityNodePriority"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    std::int64_t sum = 0;
    for (const NodeId node : tally.nodes())
      if (node != candidate.node && tally.on_node(node) > 0)
        sum += std::abs(std::int64_t{candidate.on_node} - 1 - tally.on_node(node));
    return sum;
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of nodes would add up to {}", cost(tally, candidate));
  }
};

}  // namespace

ScorePtr availability_node(const Args&) {
  return std::make_shared<AvailabilityNode>();
}

ScorePtr remove_with_availability_node(const Args&) {
  return std::make_shared<RemoveWithAvailabilityNode>();
}

}  // namespace weir::placement::plugins
