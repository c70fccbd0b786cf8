#include "placement/pool.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace weir::placement {
namespace {

std::size_t index(std::int32_t id) {
  return static_cast<std::size_t>(id);
}

bool is_available(const Pool::NodeSlot& node) {
  return node.known && node.ready && !node.cordoned;
}

void put(std::set<Ordinal>& set, Ordinal ordinal, bool in) {
  if (in) {
    set.insert(ordinal);
  } else {
    set.erase(ordinal);
  }
}

}  // namespace

Pool::Pool() {
  add_cost(1);
}

Pool::PodSlot& Pool::slot(Ordinal ordinal) {
  if (index(ordinal) >= pods_.size()) pods_.resize(index(ordinal) + 1);
  return pods_[index(ordinal)];
}

NodeId Pool::node_of(Ordinal ordinal) const {
  const PodSlot* found = pod(ordinal);
  return found ? found->node : kNoNode;
}

ZoneId Pool::zone_of(Ordinal ordinal) const {
  const NodeId id = node_of(ordinal);
  return id == kNoNode ? kNoZone : node(id).zone;
}

Count Pool::free(Ordinal ordinal) const {
  const PodSlot* found = pod(ordinal);
  if (!found) return 0;
  return static_cast<Count>(std::max<std::int64_t>(capacity_ - found->used, std::numeric_limits<Count>::min()));
}

Count Pool::room_of(const PodSlot& pod) const {
  if (!pod.usable) return 0;
  // A pod may carry more than its capacity once that was lowered, or a cost raised.
  return static_cast<Count>(std::max<std::int64_t>(0, capacity_ - pod.used));
}

std::size_t Pool::listing_of(Count cost) const {
  const auto at =
      std::ranges::lower_bound(listings_, cost, {}, [](const Listing& listing) { return listing.open->cost(); });
  return static_cast<std::size_t>(at - listings_.begin());
}

const OpenPods& Pool::open(Count cost) const {
  return *listings_[cost == 1 ? 0 : listing_of(cost)].open;
}

void Pool::add_cost(Count cost) {
  const std::size_t at = listing_of(cost);
  if (at == listings_.size() || listings_[at].open->cost() != cost) {
    const auto added = listings_.insert(listings_.begin() + static_cast<std::ptrdiff_t>(at), Listing{});
    added->open = std::make_unique<OpenPods>(cost);
    for (Ordinal ordinal = 0; index(ordinal) < pods_.size(); ++ordinal)
      if (const PodSlot& pod = pods_[index(ordinal)]; pod.room > 0)
        added->open->change_room(ordinal, pod.node, zone_of(ordinal), 0, pod.room);
  }
  ++listings_[at].groups;
}

void Pool::remove_cost(Count cost) {
  const std::size_t at = listing_of(cost);
  if (--listings_[at].groups == 0) listings_.erase(listings_.begin() + static_cast<std::ptrdiff_t>(at));
}

bool Pool::is_away(const PodSlot& pod) {
  return !pod.exists || pod.pod.terminating || pod.pod.failed || pod.pod.node.empty();
}

bool Pool::is_away(Ordinal ordinal) const {
  const PodSlot* found = pod(ordinal);
  return !found || is_away(*found);
}

bool Pool::on_ready_node(Ordinal ordinal) const {
  const NodeId id = node_of(ordinal);
  return id != kNoNode && node(id).known && node(id).ready;
}

NodeId Pool::node_id(const std::string& name, base::SteadyTime now) {
  const auto [at, added] = node_ids_.emplace(name, static_cast<NodeId>(nodes_.size()));
  if (added) {
    const ZoneId zone = zone_id("");
    NodeSlot& node = nodes_.emplace_back();
    node.name = name;
    node.zone = zone;
    node.unready_since = now;
  }
  return at->second;
}

ZoneId Pool::zone_id(const std::string& name) {
  const auto [at, added] = zone_ids_.emplace(name, static_cast<ZoneId>(zones_.size()));
  if (added) zones_.emplace_back().name = name;
  return at->second;
}

void Pool::set_capacity(Count capacity) {
  if (capacity == capacity_) return;
  capacity_ = capacity;
  for (Ordinal ordinal = 0; index(ordinal) < pods_.size(); ++ordinal)
    refresh(ordinal);
  ++room_version_;
}

void Pool::set_limit(Ordinal limit) {
  const Ordinal from = std::min(limit, limit_);
  const Ordinal to = std::min(std::max(limit, limit_), static_cast<Ordinal>(pods_.size()));
  limit_ = limit;
  for (Ordinal ordinal = from; ordinal < to; ++ordinal)
    refresh(ordinal);
}

void Pool::set_updating(bool updating, Ordinal replicas) {
  updating_ = updating;
  replicas_ = replicas;
  if (!updating) return;
  // The StatefulSet may be heard of after the pod that it took away.
  for (Ordinal ordinal = 0; ordinal < replicas && index(ordinal) < pods_.size(); ++ordinal)
    if (pods_[index(ordinal)].away_since) pods_[index(ordinal)].restart_expected = true;
}

void Pool::update_away(PodSlot& pod, Ordinal ordinal, base::SteadyTime now) {
  if (!is_away(pod)) {
    pod.away_since.reset();
    pod.restart_expected = false;
  } else if (!pod.away_since) {
    pod.away_since = now;
    pod.restart_expected = updating_ && ordinal < replicas_;
  }
}

void Pool::bind(Ordinal ordinal, NodeId id, bool bound) {
  NodeSlot& node = nodes_[index(id)];
  count_carrying(node, -1);
  std::erase(node.pods, ordinal);
  if (bound) node.pods.push_back(ordinal);
  count_carrying(node, 1);
}

void Pool::count_carrying(const NodeSlot& node, Count delta) {
  if (node.pods.empty()) return;
  carrying_nodes_ += delta;
  if (!node.known || !node.ready) unready_nodes_ += delta;
}

void Pool::set_pod(const Pod& pod, base::SteadyTime now) {
  PodSlot& slot = this->slot(pod.ordinal);
  if (slot.exists && slot.pod == pod) return;
  set_room(pod.ordinal, slot, 0);
  if (slot.node != kNoNode) bind(pod.ordinal, slot.node, false);
  slot.exists = true;
  slot.pod = pod;
  if (!pod.node.empty()) slot.node = node_id(pod.node, now);
  if (!pod.node.empty()) bind(pod.ordinal, slot.node, true);
  update_away(slot, pod.ordinal, now);
  refresh(pod.ordinal);
}

void Pool::remove_pod(Ordinal ordinal, base::SteadyTime now) {
  if (!pod(ordinal) || !pod(ordinal)->exists) return;
  PodSlot& slot = this->slot(ordinal);
  set_room(ordinal, slot, 0);
  if (slot.node != kNoNode) bind(ordinal, slot.node, false);
  slot.exists = false;
  slot.pod = {};
  update_away(slot, ordinal, now);
  refresh(ordinal);
}

void Pool::expect_pod(Ordinal ordinal, base::SteadyTime now) {
  PodSlot& slot = this->slot(ordinal);
  update_away(slot, ordinal, now);
  refresh(ordinal);
}

void Pool::count_available(const NodeSlot& node, Count delta) {
  if (!is_available(node)) return;
  available_nodes_ += delta;
  Count& in_zone = zones_[index(node.zone)].available_nodes;
  if (in_zone == 0) ++available_zones_;
  in_zone += delta;
  if (in_zone == 0) --available_zones_;
}

void Pool::change_node(NodeId id, bool known, bool ready, bool cordoned, ZoneId zone, base::SteadyTime now) {
  const std::vector<Ordinal> pods = nodes_[index(id)].pods;
  for (const Ordinal ordinal : pods)
    set_room(ordinal, slot(ordinal), 0);
  NodeSlot& node = nodes_[index(id)];
  count_available(node, -1);
  count_carrying(node, -1);
  const bool was_up = node.known && node.ready;
  node.known = known;
  node.ready = ready;
  node.cordoned = cordoned;
  node.zone = zone;
  if (was_up && !(known && ready)) node.unready_since = now;
  count_available(node, 1);
  count_carrying(node, 1);
  for (const Ordinal ordinal : pods)
    refresh(ordinal);
}

void Pool::set_node(const Node& node, base::SteadyTime now) {
  const NodeId id = node_id(node.name, now);
  const ZoneId zone = zone_id(node.zone);
  const NodeSlot& slot = nodes_[index(id)];
  if (slot.known && slot.ready == node.ready && slot.cordoned == node.cordoned && slot.zone == zone) return;
  change_node(id, true, node.ready, node.cordoned, zone, now);
}

void Pool::remove_node(const std::string& name, base::SteadyTime now) {
  const auto found = node_ids_.find(name);
  if (found == node_ids_.end()) return;
  change_node(found->second, false, false, false, nodes_[index(found->second)].zone, now);
}

bool Pool::is_fit(const PodSlot& pod) const {
  return !is_away(pod) && !pod.pod.unschedulable && !pod.pod.full && is_available(node(pod.node));
}

void Pool::refresh(Ordinal ordinal) {
  PodSlot& pod = slot(ordinal);
  const bool fit = is_fit(pod);
  const bool usable = fit && ordinal < limit_;
  if (usable != pod.usable) set_usable(pod, usable);
  set_room(ordinal, pod, room_of(pod));
  const bool away = is_away(pod);
  put(suspects_, ordinal, pod.used > 0 && (away || !on_ready_node(ordinal)));
  put(irregular_, ordinal, !fit && (pod.exists || pod.used > 0));
}

void Pool::set_usable(PodSlot& pod, bool usable) {
  pod.usable = usable;
  usable_pods_ += usable ? 1 : -1;
}

void Pool::set_room(Ordinal ordinal, PodSlot& pod, Count room) {
  if (room == pod.room) return;
  if (room > pod.room) ++room_version_;
  const Count before = std::exchange(pod.room, room);
  const ZoneId zone = node(pod.node).zone;
  for (const Listing& listing : listings_) {
    if (listing.open->cost() > std::max(before, room)) break;
    listing.open->change_room(ordinal, pod.node, zone, before, room);
  }
}

void Pool::add(Ordinal ordinal, std::int64_t delta) {
  PodSlot& pod = slot(ordinal);
  const bool carried = pod.used > 0;
  pod.used += delta;
  if (delta < 0 && pod.usable) ++room_version_;
  if (carried != (pod.used > 0)) {
    refresh(ordinal);
  } else {
    set_room(ordinal, pod, room_of(pod));
  }
}

void Pool::add_group(Ordinal ordinal, GroupId group) {
  slot(ordinal).groups.push_back(group);
}

void Pool::remove_group(Ordinal ordinal, GroupId group) {
  auto& groups = slot(ordinal).groups;
  const auto at = std::ranges::find(groups, group);
  if (at == groups.end()) return;
  *at = groups.back();
  groups.pop_back();
}

std::string Pool::unusable_reason(Ordinal ordinal) const {
  const PodSlot* found = pod(ordinal);
  if (!found || !found->exists) return "does not exist";
  if (found->usable) return {};
  if (found->pod.terminating) return "is terminating";
  if (found->pod.failed) return "has failed";
  if (found->pod.node.empty()) return "has no node";
  if (found->pod.unschedulable) return "is annotated unschedulable";
  if (found->pod.full) return "has no room in its assignment";
  if (ordinal >= limit_) return fmt::format("is to be removed, as the pool shrinks to {}", limit_);
  const NodeSlot& node = this->node(found->node);
  if (!node.known) return fmt::format("is on node {}, which is gone", node.name);
  if (!node.ready) return fmt::format("is on node {}, which is not ready", node.name);
  return fmt::format("is on node {}, which is cordoned", node.name);
}

}  // namespace weir::placement
