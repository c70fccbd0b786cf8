#include "placement/plugins/plugins.h"

namespace weir::placement::plugins {
namespace {

class PodFitsResources final : public Filter {
 public:
  std::string_view name() const override { return "PodFitsResources"; }
  bool admits(const Tally& tally, const Candidate& candidate) const override { return candidate.free >= tally.cost(); }
  std::string reason(const Tally& tally, const Candidate& candidate) const override {
    return no_room_text(tally, candidate);
  }
};

}  // namespace

FilterPtr pod_fits_resources(const Args&) {
  return std::make_shared<PodFitsResources>();
}

}  // namespace weir::placement::plugins
