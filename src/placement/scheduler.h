#pragma once

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "placement/placer.h"
#include "placement/pool_size.h"

namespace weir::placement {

// What became of a group in a run.
struct GroupOutcome {
  GroupKey key;
  Placements placements;
  Count pending = 0;
  std::optional<PendingReason> reason;  // with pending
  Verdict refused;                      // with reason, where a plugin or the pods say more

  bool operator==(const GroupOutcome&) const = default;
};

struct Decision {
  std::vector<GroupOutcome> groups;      // those that differ from the run before, by key
  std::vector<Step> steps;               // moves; every virtual replica that was decided on when tracing
  Count pool_replicas = 0;               // what the StatefulSet's spec.replicas ought to be
  bool held = false;                     // too many nodes are not ready: nothing moves because of nodes, or by choice
  std::optional<base::SteadyTime> next;  // when to run again though nothing has happened
};

// Decides which pods of one pool carry which virtual replicas, and how many pods it needs. It is told of every change,
// keeps its state up to date with it, and decides in run(): the same state gives the same decision, in whatever order
// it was told. Knows neither the API server nor a clock; not thread-safe.
//
// After a start: set_pool() and every pod and node, then every group with its placements from status (restore()) and
// its demand, then run(). Placements that stand are never changed but by a decision's steps.
class Scheduler {
 public:
  explicit Scheduler(Profile profile, Patience patience = {});
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  ~Scheduler() = default;

  void set_pool(const PoolSettings& settings, const StatefulSet& stateful_set);
  // 0 <= pod.ordinal <= kMaxOrdinal, as parse_pod_name() gives it.
  void set_pod(const Pod& pod, base::SteadyTime now);
  void remove_pod(Ordinal ordinal, base::SteadyTime now);
  void set_node(const Node& node, base::SteadyTime now);
  void remove_node(const std::string& name, base::SteadyTime now);

  // Replicas that were accepted for the group, and the partitions of its topics.
  void set_group(const GroupKey& key, const Demand& demand);
  // What status says of a group that has no placements here yet; before run() decides about it. Counts of 0 or less and
  // pods out of range are left out.
  void restore(const GroupKey& key, const Placements& placements, base::SteadyTime now);
  void remove_group(const GroupKey& key);

  // Nothing moves because of nodes, or by choice, until then: the API server has just come back. Of several times the
  // last counts.
  void hold_until(base::SteadyTime time) { hold_until_ = hold_until_ ? std::max(*hold_until_, time) : time; }
  // Whether steps name the plugin that decided, each; takes a look at every pod.
  void set_trace(bool trace) { placer_.set_trace(trace); }

  Decision run(base::SteadyTime now);

  // None for an unknown group.
  const Placements* placements(const GroupKey& key) const;
  const Pool& pool() const { return pool_; }

 private:
  bool is_held(base::SteadyTime now);
  bool is_crowded() const;
  base::SteadyTime unready_since(const Pool::NodeSlot& node) const;
  std::optional<MoveCause> lost(Ordinal ordinal, base::SteadyTime now, bool held) const;
  void take_off_lost(base::SteadyTime now, bool held);
  std::vector<WeakPod> weak_pods(base::SteadyTime now, bool held) const;
  void size_pool(base::SteadyTime now, bool held);
  void begin_shrinking(Count needed);
  void set_limit(Count limit);
  // A pool that shrinks keeps a pod for each zone that a group can spread over.
  Count pods_for_spread() const;
  void place_lacking();
  CountByCost more_pods_would_take() const;
  bool are_pods_coming(base::SteadyTime now, bool held) const;
  bool grow_for_pending(base::SteadyTime now, bool held);
  void move_by_choice(base::SteadyTime now);
  bool empty_pods(base::SteadyTime now);
  bool rebalance();
  std::optional<MoveCause> cause_to_empty(Ordinal ordinal) const;
  std::vector<GroupOutcome> outcomes();
  std::optional<base::SteadyTime> next_time(base::SteadyTime now, bool held) const;

  Patience patience_;
  PoolSettings settings_;
  Pool pool_;
  Roster roster_;
  Placer placer_;
  std::optional<Count> target_;  // the pods that the pool ought to have
  Count floor_ = 0;              // pods that it needs for another reason than capacity, until less is wanted
  std::optional<base::SteadyTime> shrink_since_;
  std::optional<base::SteadyTime> hold_until_;
  bool crowded_ = false;                         // too many nodes were not ready when it was run last
  std::optional<base::SteadyTime> crowd_ended_;  // when they became few enough
  std::optional<base::SteadyTime> next_cycle_;
  bool dirty_ = true;  // something happened since a cycle found nothing to move
  bool was_at_maximum_ = false;
  std::uint64_t room_seen_ = 0;
};

}  // namespace weir::placement
