#include "placement/tally.h"

namespace weir::placement {

void Tally::Counts::start_over() {
  touched.clear();
  if (++round != 0) return;
  cells.assign(cells.size(), {});
  round = 1;
}

Count Tally::Counts::add(std::int32_t id, Count delta) {
  const auto at = static_cast<std::size_t>(id);
  if (at >= cells.size()) cells.resize(at + 1);
  Cell& cell = cells[at];
  if (cell.round != round) {
    cell = {round, 0};
    touched.push_back(id);
  }
  return cell.count += delta;
}

void Tally::bind(const Placements& placements, std::optional<Count> partitions, Count cost) {
  partitions_ = partitions;
  cost_ = cost;
  open_ = &pool_.open(cost);
  pods_holding_ = 0;
  pods_.start_over();
  nodes_.start_over();
  zones_.start_over();
  for (const Placement& placement : placements)
    add(placement.pod, placement.vreplicas);
}

void Tally::add(Ordinal pod, Count delta) {
  if (delta == 0) return;
  const Count now = pods_.add(pod, delta);
  if (now == delta) ++pods_holding_;
  if (now == 0) --pods_holding_;
  const NodeId node = pool_.node_of(pod);
  if (node == kNoNode) return;
  nodes_.add(node, delta);
  zones_.add(pool_.node(node).zone, delta);
}

}  // namespace weir::placement
