#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class RemoveWithHighestOrdinal final : public Score {
 public:
  std::string_view name() const override { return "RemoveWithHighestOrdinalPriority"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return -std::int64_t{candidate.pod}; }
  std::string explain(const Tally&, const Candidate& candidate) const override {
    return fmt::format("ordinal {}", candidate.pod);
  }
};

}  // namespace

ScorePtr remove_with_highest_ordinal(const Args&) {
  return std::make_shared<RemoveWithHighestOrdinal>();
}

}  // namespace weir::placement::plugins
