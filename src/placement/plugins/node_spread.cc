#include <algorithm>
#include <limits>

#include "placement/plugins/plugins.h"
#include "placement/plugins/spread.h"

namespace weir::placement::plugins {
namespace {

// A pool that grows gets new nodes: a lower limit would move half of all groups each time.
constexpr Count kDefaultWorth = 2;

// The least that the group has on a node with room.
Count least_on_open_node(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max(), open = 0;
  for (const NodeId node : tally.nodes()) {
    if (tally.open().on_node(node).empty()) continue;
    ++open;
    least = std::min(least, tally.on_node(node));
  }
  return open < tally.open().nodes() ? 0 : least;
}

std::string node_name(const Tally& tally, const Candidate& candidate) {
  return candidate.node == kNoNode ? "unknown" : tally.pool().node(candidate.node).name;
}

constexpr SpreadOver kNodes{"NodeSpread", "node", "on", &Candidate::on_node, least_on_open_node, node_name};

}  // namespace

FilterPtr node_spread_filter(const Args& args) {
  return std::make_shared<SpreadFilter>(kNodes, args.max_skew.value_or(kDefaultSkew));
}

ScorePtr node_spread(const Args& args) {
  return std::make_shared<SpreadScore>(kNodes, args.max_skew.value_or(kDefaultWorth));
}

}  // namespace weir::placement::plugins
