#include "placement/open_pods.h"

#include <algorithm>

namespace weir::placement {
namespace {

template <class T>
T& at_id(std::vector<T>& of_ids, std::int32_t id) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= of_ids.size()) of_ids.resize(at + 1);
  return of_ids[at];
}

}  // namespace

void OpenPods::change_room(Ordinal pod, NodeId node, ZoneId zone, Count before, Count now) {
  const Count places_before = before / cost_, places_now = now / cost_;
  places_ += places_now - places_before;
  if ((places_before > 0) != (places_now > 0)) set_open(pod, node, zone, places_now > 0);
}

void OpenPods::set_open(Ordinal pod, NodeId node, ZoneId zone, bool open) {
  auto& pods = at_id(on_node_, node);
  Nodes& nodes = at_id(in_zone_, zone);
  const bool had = !pods.empty();
  if (had) nodes.erase({pods.front(), node});
  const auto at = std::ranges::lower_bound(pods, pod);
  if (open) {
    pods.insert(at, pod);
  } else {
    pods.erase(at);
  }
  if (!pods.empty()) nodes.insert({pods.front(), node});
  pods_ += open ? 1 : -1;
  nodes_ += (pods.empty() ? 0 : 1) - (had ? 1 : 0);
}

}  // namespace weir::placement
