#pragma once

#include <span>
#include <vector>

#include "placement/pool.h"

namespace weir::placement {

// How many virtual replicas one group has in each pod, node and zone: what plugins judge by. Bound to one group at a
// time and used again for the next, as its tables are as large as the pool. Not thread-safe.
class Tally {
 public:
  explicit Tally(const Pool& pool) : pool_(pool), open_(&pool.open(1)) {}

  // Starts over with this group. The pool must know its cost.
  void bind(const Placements& placements, std::optional<Count> partitions, Count cost = 1);
  void add(Ordinal pod, Count delta);

  const Pool& pool() const { return pool_; }
  std::optional<Count> partitions() const { return partitions_; }
  // Of one virtual replica of the group.
  Count cost() const { return cost_; }
  // The pods that have room for one more of it.
  const OpenPods& open() const { return *open_; }
  bool is_open(Ordinal pod) const { return pool_.is_open(pod, cost_); }

  Count on_pod(Ordinal pod) const { return pods_.of(pod); }
  Count on_node(NodeId node) const { return nodes_.of(node); }
  Count in_zone(ZoneId zone) const { return zones_.of(zone); }

  // Those counted since bind(); a count may have gone back to 0.
  std::span<const Ordinal> pods() const { return pods_.touched; }
  std::span<const NodeId> nodes() const { return nodes_.touched; }
  std::span<const ZoneId> zones() const { return zones_.touched; }
  bool has_touched_pod(Ordinal pod) const { return pods_.has(pod); }
  bool has_touched_node(NodeId node) const { return nodes_.has(node); }
  Count pods_holding() const { return pods_holding_; }

 private:
  // Counts by a small integer; those of an earlier round read as 0.
  struct Counts {
    struct Cell {
      std::uint32_t round = 0;
      Count count = 0;
    };
    std::vector<Cell> cells;
    std::vector<std::int32_t> touched;
    std::uint32_t round = 0;

    bool has(std::int32_t id) const {
      return id >= 0 && static_cast<std::size_t>(id) < cells.size() &&
             cells[static_cast<std::size_t>(id)].round == round;
    }
    Count of(std::int32_t id) const { return has(id) ? cells[static_cast<std::size_t>(id)].count : 0; }
    void start_over();
    Count add(std::int32_t id, Count delta);  // the new count
  };

  const Pool& pool_;
  std::optional<Count> partitions_;
  Count cost_ = 1;
  const OpenPods* open_;
  Counts pods_, nodes_, zones_;
  Count pods_holding_ = 0;
};

}  // namespace weir::placement
