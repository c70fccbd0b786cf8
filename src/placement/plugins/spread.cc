#include "placement/plugins/spread.h"

#include <fmt/format.h>

namespace weir::placement::plugins {

std::string SpreadFilter::reason(const Tally& tally, const Candidate& candidate) const {
  const auto name = over_.name(tally, candidate);
  return fmt::format("{}has {}, and a {} with room has {}: more than MaxSkew {}",
                     name.empty() ? "" : fmt::format("is {} {} {}, which ", over_.preposition, over_.kind, name),
                     candidate.*over_.has, over_.kind, over_.least(tally), max_skew_);
}

std::string SpreadScore::explain(const Tally& tally, const Candidate& candidate) const {
  const auto name = over_.name(tally, candidate);
  return fmt::format("{}{}{} has {}", over_.kind, name.empty() ? "" : " ", name, candidate.*over_.has);
}

}  // namespace weir::placement::plugins
