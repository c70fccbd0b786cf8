#include <cstdlib>

#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// Whether the pod counts in Knative's sums: it may get placements, and is not full without any of the group.
bool counts(const Tally& tally, Ordinal pod) {
  const Pool::PodSlot* slot = tally.pool().pod(pod);
  return slot && slot->usable && (tally.is_open(pod) || tally.on_pod(pod) > 0);
}

// Pods that count, have none of the group, and are not `but`: they are alike, and may be thousands.
Count untouched(const Tally& tally, Ordinal but) {
  Count count = tally.open().pods() - (tally.has_touched_pod(but) || !tally.is_open(but) ? 0 : 1);
  for (const Ordinal pod : tally.pods())
    if (tally.is_open(pod)) --count;
  return count;
}

class EvenPodSpreadFilter final : public Filter {
 public:
  explicit EvenPodSpreadFilter(Count max_skew) : max_skew_(max_skew) {}

  std::string_view name() const override { return "EvenPodSpread"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    const Count count = candidate.on_pod + 1;
    if (count > max_skew_ && untouched(tally, candidate.pod) > 0) return false;
    for (const Ordinal pod : tally.pods())
      if (pod != candidate.pod && counts(tally, pod) && std::abs(count - tally.on_pod(pod)) > max_skew_) return false;
    return true;
  }
  std::string reason(const Tally&, const Candidate& candidate) const override {
    return fmt::format("would have {}, which differs from another pod's by more than MaxSkew {}", candidate.on_pod + 1,
                       max_skew_);
  }

 private:
  Count max_skew_;
};

class EvenPodSpread final : public Score {
 public:
  std::string_view name() const override { return "EvenPodSpread"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    const std::int64_t count = std::int64_t{candidate.on_pod} + 1;
    std::int64_t sum = count * untouched(tally, candidate.pod);
    for (const Ordinal pod : tally.pods())
      if (pod != candidate.pod && counts(tally, pod)) sum += std::abs(count - tally.on_pod(pod));
    return sum;
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of pods add up to {}", cost(tally, candidate));
  }
};

// Over the pods that have some of the group.
class RemoveWithEvenPodSpread final : public Score {
 public:
  std::string_view name() const override { return "RemoveWithEvenPodSpreadPriority"; }
  std::int64_t cost(const Tally& tally, const Candidate& candidate) const override {
    std::int64_t sum = 0;
    for (const Ordinal pod : tally.pods())
      if (pod != candidate.pod && tally.on_pod(pod) > 0)
        sum += std::abs(std::int64_t{candidate.on_pod} - 1 - tally.on_pod(pod));
    return sum;
  }
  std::string explain(const Tally& tally, const Candidate& candidate) const override {
    return fmt::format("differences of pods would add up to {}", cost(tally, candidate));
  }
};

}  // namespace

FilterPtr even_pod_spread_filter(const Args& args) {
  return std::make_shared<EvenPodSpreadFilter>(args.max_skew.value_or(kDefaultSkew));
}

ScorePtr even_pod_spread(const Args&) {
  return std::make_shared<EvenPodSpread>();
}

ScorePtr remove_with_even_pod_spread(const Args&) {
  return std::make_shared<RemoveWithEvenPodSpread>();
}

}  // namespace weir::placement::plugins
