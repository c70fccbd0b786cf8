#include <algorithm>
#include <limits>

#include "placement/plugins/plugins.h"
#include "placement/plugins/spread.h"

namespace weir::placement::plugins {
namespace {

// The least that the group has on a pod with room.
Count least_on_open_pod(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max(), open = 0;
  for (const Ordinal pod : tally.pods()) {
    if (!tally.is_open(pod)) continue;
    ++open;
    least = std::min(least, tally.on_pod(pod));
  }
  return open < tally.open().pods() ? 0 : least;
}

std::string no_name(const Tally&, const Candidate&) {
  return {};
}

constexpr SpreadOver kPods{"PodSpread", "pod", "on", &Candidate::on_pod, least_on_open_pod, no_name};

}  // namespace

FilterPtr pod_spread_filter(const Args& args) {
  return std::make_shared<SpreadFilter>(kPods, args.max_skew.value_or(kDefaultSkew));
}

ScorePtr pod_spread(const Args& args) {
  return std::make_shared<SpreadScore>(kPods, args.max_skew.value_or(kDefaultSkew));
}

}  // namespace weir::placement::plugins
