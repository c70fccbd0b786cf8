#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "placement/plugin.h"

namespace weir::placement::plugins {

// What a group is spread over: zones, nodes or pods.
struct SpreadOver {
  std::string_view plugin;
  std::string_view kind;         // of one of them: zone
  std::string_view preposition;  // of a pod and it: in
  Count Candidate::* has;
  // The least that the group has in one with room.
  Count (*least)(const Tally& tally);
  // Which one the pod is in. Empty: the pod itself.
  std::string (*name)(const Tally& tally, const Candidate& candidate);
};

// Passes where the group then has at most MaxSkew more than where it has least and there is room.
class SpreadFilter final : public Filter {
 public:
  SpreadFilter(const SpreadOver& over, Count max_skew) : over_(over), max_skew_(max_skew) {}

  std::string_view name() const override { return over_.plugin; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    return candidate.*over_.has + 1 - over_.least(tally) <= max_skew_;
  }
  std::string reason(const Tally& tally, const Candidate& candidate) const override;

 private:
  SpreadOver over_;
  Count max_skew_;
};

// Prefers where the group has least.
class SpreadScore final : public Score {
 public:
  SpreadScore(const SpreadOver& over, Count worth) : over_(over), worth_(worth) {}

  std::string_view name() const override { return over_.plugin; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.*over_.has; }
  std::int64_t worth() const override { return worth_; }
  std::string explain(const Tally& tally, const Candidate& candidate) const override;

 private:
  SpreadOver over_;
  Count worth_;
};

}  // namespace weir::placement::plugins
