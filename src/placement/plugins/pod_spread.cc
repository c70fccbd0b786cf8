#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// The least that the group has on a pod with room.
Count least_on_open_pod(const Tally& tally) {
  Count least = std::numeric_limits<Count>::max(), open = 0;
  for (const Ordinal pod : tally.pods()) {
    if (!tally.pool().is_open(pod)) continue;
    ++open;
    least = std::min(least, tally.on_pod(pod));
  }
  return open < tally.pool().open_pods() ? 0 : least;
}

class PodSpreadFilter final : public Filter {
 public:
  explicit PodSpreadFilter(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "PodSpread"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    return candidate.on_pod + 1 - least_on_open_pod(tally) <= max_skew_;
  }
  std::string reason(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("has {}, and a pod with room has {}: more than MaxSkew {}", candidate.on_pod,
                       least_on_open_pod(tally), max_skew_);
  }

 private:
  Count max_skew_;
};

class PodSpread final : public Score {
 public:
  explicit PodSpread(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "PodSpread"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.on_pod; }
  std::int64_t worth() const override { return max_skew_; }
  std::string explain(const Tally&, const Candidate& candidate) const override {
    return fmt::format("pod has {}", candidate.on_pod);
  }

 private:
  Count max_skew_;
};

}  // namespace

FilterPtr pod_spread_filter(const Args& args) {
  return std::make_shared<PodSpreadFilter>(args.max_skew.value_or(kDefaultSkew));
}

ScorePtr pod_spread(const Args& args) {
  return std::make_shared<PodSpread>(args.max_skew.value_or(kDefaultSkew));
}

}  // namespace weir::placement::plugins
