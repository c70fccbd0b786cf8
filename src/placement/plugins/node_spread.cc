#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// A pool that grows gets new nodes: a lower limit would move half of all groups each time.
constexpr Count kDefaultWorth = 2;

// The least that the group has on a node with room.
Count least_on_open_node(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max(), open = 0;
  for (const NodeId node : tally.nodes()) {
    if (tally.pool().node(node).open.empty()) continue;
    ++open;
    least = std::min(least, tally.on_node(node));
  }
  return open < tally.pool().open_nodes() ? 0 : least;
}

std::string node_name(const Tally& tally, const Candidate& candidate) {
  return candidate.node == kNoNode ? "unknown" : tally.pool().node(candidate.node).name;
}

class NodeSpreadFilter final : public Filter {
 public:
  explicit NodeSpreadFilter(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "NodeSpread"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    return candidate.on_node + 1 - least_on_open_node(tally) <= max_skew_;
  }
  std::string reason(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("is on node {}, which has {}, and a node with room has {}: more than MaxSkew {}",
                       node_name(tally, candidate), candidate.on_node, least_on_open_node(tally), max_skew_);
  }

 private:
  Count max_skew_;
};

class NodeSpread final : public Score {
 public:
  explicit NodeSpread(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "NodeSpread"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.on_node; }
  std::int64_t worth() const override { return max_skew_; }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("node {} has {}", node_name(tally, candidate), candidate.on_node);
  }

 private:
  Count max_skew_;
};

}  // namespace

FilterPtr node_spread_filter(const Args& args) {
  return std::make_shared<NodeSpreadFilter>(args.max_skew.value_or(kDefaultSkew));
}

ScorePtr node_spread(const Args& args) {
  return std::make_shared<NodeSpread>(args.max_skew.value_or(kDefaultWorth));
}

}  // namespace weir::placement::plugins
