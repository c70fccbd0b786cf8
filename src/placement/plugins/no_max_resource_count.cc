#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class NoMaxResourceCount final : public Filter {
 public:
  explicit NoMaxResourceCount(std::optional<Count> most) : most_(most) {}

  std::string_view name() const override { return "NoMaxResourceCount"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override {
    const auto most = most_ ? most_ : tally.partitions();
    return candidate.on_pod > 0 || !most || tally.pods_holding() < *most;
  }
  std::string reason(const Tally& tally, const Candidate&) const override {
    return fmt::format("would be one pod more than the {} {}", most_ ? *most_ : tally.partitions().value_or(0),
                       most_ ? "of NumPartitions" : "partitions");
  }

 private:
  std::optional<Count> most_;
};

}  // namespace

FilterPtr no_max_resource_count(const Args& args) {
  return std::make_shared<NoMaxResourceCount>(args.num_partitions);
}

}  // namespace weir::placement::plugins
