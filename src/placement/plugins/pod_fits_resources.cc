#include <fmt/format.h>

#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class PodFitsResources final : public Filter {
 public:
  std::string_view name() const override { return "PodFitsResources"; }
  bool admits(const Tally&, const Candidate& candidate) const override { return candidate.free > 0; }
  std::string reason(const Tally& tally, const Candidate&) const override {
    return fmt::format("is full, capacity {}", tally.pool().capacity());
  }
};

}  // namespace

FilterPtr pod_fits_resources(const Args&) {
  return std::make_shared<PodFitsResources>();
}

}  // namespace weir::placement::plugins
