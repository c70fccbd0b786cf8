#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "placement/open_pods.h"

namespace weir::placement {

using GroupId = std::int32_t;

// Pods, nodes, zones and what they carry, with an index of where there is room, all kept up to date event by event.
// A pod is usable when it may get new placements, and open to a cost when it has room for it as well. Capacity and room
// are counted in units of cost. Not thread-safe.
class Pool {
 public:
  Pool();

  struct PodSlot {
    bool exists = false;
    Pod pod;
    NodeId node = kNoNode;  // the last one known, also while the pod is away
    std::int64_t used = 0;  // by virtual replicas of all groups
    bool usable = false;
    Count room = 0;  // for new placements: 0 where it gets none
    // Since when no container of it can run: terminating, failed, gone, or without a node.
    std::optional<base::SteadyTime> away_since;
    bool restart_expected = false;  // it went away while its StatefulSet was updating
    std::vector<GroupId> groups;    // those with placements on it, in no order
  };

  struct NodeSlot {
    std::string name;
    ZoneId zone = kNoZone;
    bool known = false;  // the API server has it
    bool ready = false;
    bool cordoned = false;
    base::SteadyTime unready_since;
    std::vector<Ordinal> pods;  // that exist and are bound to it
  };

  struct ZoneSlot {
    std::string name;
    Count available_nodes = 0;
  };

  void set_capacity(Count capacity);
  // Pods from this ordinal on get nothing new: the pool is to end there.
  void set_limit(Ordinal limit);
  void set_updating(bool updating, Ordinal replicas);

  void set_pod(const Pod& pod, base::SteadyTime now);
  void remove_pod(Ordinal ordinal, base::SteadyTime now);
  void set_node(const Node& node, base::SteadyTime now);
  void remove_node(const std::string& name, base::SteadyTime now);

  // Puts a load on a pod, or takes it off.
  void add(Ordinal ordinal, std::int64_t delta);
  // Open pods are listed for a cost as long as a group has it, and for 1.
  void add_cost(Count cost);
  void remove_cost(Count cost);
  void add_group(Ordinal ordinal, GroupId group);
  void remove_group(Ordinal ordinal, GroupId group);
  // The pod carries placements that are older than this process: it counts as away from now on unless it exists.
  void expect_pod(Ordinal ordinal, base::SteadyTime now);

  Count capacity() const { return capacity_; }
  Ordinal limit() const { return limit_; }
  std::span<const PodSlot> pods() const { return pods_; }
  const PodSlot* pod(Ordinal ordinal) const {
    return ordinal >= 0 && static_cast<std::size_t>(ordinal) < pods_.size() ? &pods_[static_cast<std::size_t>(ordinal)]
                                                                            : nullptr;
  }
  const NodeSlot& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  const ZoneSlot& zone(ZoneId id) const { return zones_[static_cast<std::size_t>(id)]; }
  std::span<const NodeSlot> nodes() const { return nodes_; }
  std::span<const ZoneSlot> zones() const { return zones_; }
  NodeId node_of(Ordinal ordinal) const;
  ZoneId zone_of(Ordinal ordinal) const;
  Count free(Ordinal ordinal) const;  // negative once its capacity was lowered, or a cost raised
  bool is_open(Ordinal ordinal, Count cost) const {
    const PodSlot* found = pod(ordinal);
    return found && found->room >= cost;
  }
  // For a cost that was added, or 1.
  const OpenPods& open(Count cost) const;

  Count usable_pods() const { return usable_pods_; }
  Count available_nodes() const { return available_nodes_; }
  Count available_zones() const { return available_zones_; }

  // Pods with placements that are away or on a node that is not ready.
  const std::set<Ordinal>& suspects() const { return suspects_; }
  // Pods that are not usable for another reason than the limit, whether they exist or only carry placements.
  const std::set<Ordinal>& irregular() const { return irregular_; }
  bool is_away(Ordinal ordinal) const;
  bool on_ready_node(Ordinal ordinal) const;
  // Nodes that carry pods of the pool, and how many of them are not ready.
  std::pair<Count, Count> pool_nodes() const { return {carrying_nodes_, unready_nodes_}; }

  // Why the pod gets no new placement, in words; empty when it is usable.
  std::string unusable_reason(Ordinal ordinal) const;

  // Counts up when room may have appeared, so that what is pending is worth another try.
  std::uint64_t room_version() const { return room_version_; }

 private:
  PodSlot& slot(Ordinal ordinal);
  NodeId node_id(const std::string& name, base::SteadyTime now);
  ZoneId zone_id(const std::string& name);
  Count room_of(const PodSlot& pod) const;
  std::size_t listing_of(Count cost) const;
  static bool is_away(const PodSlot& pod);
  bool is_fit(const PodSlot& pod) const;
  void update_away(PodSlot& pod, Ordinal ordinal, base::SteadyTime now);
  void refresh(Ordinal ordinal);
  void set_usable(PodSlot& pod, bool usable);
  void set_room(Ordinal ordinal, PodSlot& pod, Count room);
  void bind(Ordinal ordinal, NodeId node, bool bound);
  void change_node(NodeId id, bool known, bool ready, bool cordoned, ZoneId zone, base::SteadyTime now);
  void count_available(const NodeSlot& node, Count delta);
  void count_carrying(const NodeSlot& node, Count delta);

  Count capacity_ = 20;
  Ordinal limit_ = kMaxOrdinal + 1;
  bool updating_ = false;
  Ordinal replicas_ = 0;
  std::vector<PodSlot> pods_;
  std::vector<NodeSlot> nodes_;
  std::vector<ZoneSlot> zones_;
  std::unordered_map<std::string, NodeId> node_ids_;
  std::unordered_map<std::string, ZoneId> zone_ids_;
  std::set<Ordinal> suspects_;
  std::set<Ordinal> irregular_;
  Count usable_pods_ = 0;
  Count available_nodes_ = 0;
  Count available_zones_ = 0;
  Count carrying_nodes_ = 0;
  Count unready_nodes_ = 0;  // of those
  std::uint64_t room_version_ = 0;
  struct Listing {
    std::unique_ptr<OpenPods> open;
    std::size_t groups = 0;  // that have its cost
  };
  std::vector<Listing> listings_;  // by cost, ascending
};

}  // namespace weir::placement
