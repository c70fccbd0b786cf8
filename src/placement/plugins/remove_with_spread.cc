#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

// Takes from where the group has most, of the counts that `has` points to.
class RemoveFromMost final : public Score {
 public:
  RemoveFromMost(std::string_view name, std::string_view domain, Count Candidate::* has)
      : name_(name), domain_(domain), has_(has) {}

  std::string_view name() const override { return name_; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override { return -std::int64_t{candidate.*has_}; }
  std::string explain(const Tally&, const Candidate& candidate) const override {
    return fmt::format("its {} has {}", domain_, candidate.*has_);
  }

 private:
  std::string_view name_;
  std::string_view domain_;
  Count Candidate::* has_;
};

}  // namespace

ScorePtr remove_with_zone_spread(const Args&) {
  return std::make_shared<RemoveFromMost>("RemoveWithZoneSpread", "zone", &Candidate::in_zone);
}

ScorePtr remove_with_node_spread(const Args&) {
  return std::make_shared<RemoveFromMost>("RemoveWithNodeSpread", "node", &Candidate::on_node);
}

ScorePtr remove_with_pod_spread(const Args&) {
  return std::make_shared<RemoveFromMost>("RemoveWithPodSpread", "pod", &Candidate::on_pod);
}

}  // namespace weir::placement::plugins
