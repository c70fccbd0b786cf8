#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class LowestOrdinal final : public Score {
 public:
  std::string_view name() const override { return "LowestOrdinalPriority"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return candidate.pod; }
  std::string explain(const Tally&, const Candidate& candidate) const override {
    return fmt::format("ordinal {}", candidate.pod);
  }
};

}  // namespace

ScorePtr lowest_ordinal(const Args&) {
  return std::make_shared<LowestOrdinal>();
}

}  // namespace weir::placement::plugins
