#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "placement/pool.h"
#include "placement/pool_size.h"
#include "placement/search.h"

namespace weir::placement {

// Why virtual replicas of a group have no pod.
enum class PendingReason {
  kNamespaceQuota,     // its namespace has as many as it may
  kPoolAtMaximum,      // every pod is full, and the pool may not grow
  kPoolGrowing,        // every pod is full, and more are to come
  kNoSchedulablePod,   // there is no pod that may get any
  kRefused,            // a plugin refuses every pod that has room
  kCostAboveCapacity,  // one takes more than a whole pod has
};

// The name shown to users: `PoolAtMaximum`.
std::string_view to_string(PendingReason reason);

// Why a virtual replica left a pod.
enum class MoveCause {
  kPodGone,
  kPodTerminating,
  kPodFailed,
  kPodWithoutNode,
  kNodeNotReady,
  kPodUnschedulable,  // annotated
  kNodeCordoned,
  kOverCapacity,
  kCompaction,
  kRebalancing,
};

std::string_view to_string(MoveCause cause);

// What every group of a namespace has and wants.
struct NamespaceState {
  CountByCost wanted;
  std::int64_t placed = 0;
};

struct Displaced {
  Ordinal from = 0;
  MoveCause cause = MoveCause::kPodGone;
};

struct GroupState {
  GroupKey key;
  GroupId id = 0;
  NamespaceState* ns = nullptr;
  Demand demand;
  Placements placed;
  Count total = 0;
  std::vector<Displaced> displaced;  // in this run, and not placed again yet
  std::optional<PendingReason> pending;
  Verdict refused;  // with pending

  Count lacks() const { return demand.vreplicas - total; }
};

// The groups of a pool and their placements, kept in step with what the pool carries. Not thread-safe.
class Roster {
 public:
  struct ByKey {
    bool operator()(const GroupState* a, const GroupState* b) const { return a->key < b->key; }
  };
  using Set = std::set<GroupState*, ByKey>;

  explicit Roster(Pool& pool) : pool_(pool) {}

  GroupState& add(const GroupKey& key);
  const GroupState* find(const GroupKey& key) const;
  void remove(const GroupKey& key);
  void set_demand(GroupState& group, const Demand& demand);
  // Puts `delta` of the group on a pod, or takes them off.
  void put(GroupState& group, Ordinal pod, Count delta);

  GroupState& by_id(GroupId id) { return *groups_[static_cast<std::size_t>(id)]; }
  const std::map<GroupKey, GroupState*>& all() const { return by_key_; }
  const std::map<std::string, NamespaceState>& namespaces() const { return namespaces_; }
  const CountByCost& wanted() const { return wanted_; }
  // Of each namespace no more than `quota`: what is placed and, of what is lacking, fair shares.
  CountByCost wanted_within(Count quota) const;

  // Counts up when a group gave something up, which may be worth something to another of its namespace.
  std::uint64_t frees() const { return frees_; }

  // Groups with less than they want.
  const Set& lacking() const { return lacking_; }
  // Groups with more.
  const Set& exceeding() const { return exceeding_; }
  // Groups that anything happened to since the last take_changed().
  const Set& changed() const { return changed_; }
  Set take_changed() { return std::exchange(changed_, {}); }
  void mark_changed(GroupState& group) { changed_.insert(&group); }

 private:
  void count_wanted(const GroupState& group, Count cost, std::int64_t delta);
  void change_cost(const GroupState& group, Count cost);
  void share_out(const std::string& name, const NamespaceState& ns, Count quota, CountByCost& sum) const;
  void sort_in(GroupState& group);

  Pool& pool_;
  std::vector<std::unique_ptr<GroupState>> groups_;
  std::vector<GroupId> unused_;
  std::map<GroupKey, GroupState*> by_key_;
  std::map<std::string, NamespaceState> namespaces_;
  CountByCost wanted_;
  std::uint64_t frees_ = 0;
  Set lacking_, exceeding_, changed_;
};

}  // namespace weir::placement
