#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class StayInPlace final : public Score {
 public:
  std::string_view name() const override { return "StayInPlace"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.current ? 0 : 1; }
  std::string explain(const Tally&, const Candidate& candidate) const override {
    return candidate.current ? "is there already" : "is not there yet";
  }
};

}  // namespace

ScorePtr stay_in_place(const Args&) {
  return std::make_shared<StayInPlace>();
}

}  // namespace weir::placement::plugins
