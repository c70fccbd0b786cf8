#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "controller/assignment_table.h"
#include "controller/placement_book.h"
#include "controller/pool_settings.h"
#include "controller/pool_view.h"
#include "kube/json.h"
#include "placement/scheduler.h"

namespace weir::controller {

// One pool in memory: told of the API server's objects as they change, it decides with a placement::Scheduler, and says
// what is to be written. Does no I/O; not thread-safe.
//
// The StatefulSet first, then pods and nodes, then groups. Placements of a group are taken from its status once, at
// first sight; from then on they are this object's. Nothing is decided before the StatefulSet's annotations could be
// read once.
class PoolState {
 public:
  PoolState(kube::ObjectKey pool, placement::Profile profile, placement::Patience patience);

  // True when what is wrong with its annotations changed (problem()): those of before stand then.
  bool set_stateful_set(const kube::ObjectPtr& stateful_set, base::SteadyTime now);
  void set_pod(const kube::ObjectKey& key, const kube::ObjectPtr& pod, base::SteadyTime now);
  void set_node(const std::string& name, const kube::ObjectPtr& node, base::SteadyTime now);
  // Null: it is gone, or of another pool. Groups count with the replicas that their status has accepted.
  void set_group(const kube::ObjectKey& key, const kube::ObjectPtr& group, base::SteadyTime now);
  void set_assignment(const kube::ObjectKey& key, const kube::ObjectPtr& before, const kube::ObjectPtr& now);
  void hold_until(base::SteadyTime time) { scheduler_.hold_until(time); }

  // Returns the moves, for the log.
  std::vector<placement::Step> decide(base::SteadyTime now);
  // When to decide again though nothing has happened.
  std::optional<base::SteadyTime> next() const { return next_; }

  AssignmentTable& assignments() { return assignments_; }
  // The pods that there should be, where the StatefulSet wants another number.
  std::optional<placement::Count> replicas_to_write() const;
  // Reports of groups that may have changed. `unwritten` are pods whose assignment could not be written, with the
  // reason: groups with placements there are reported once it could, or at once where the reason is not empty.
  std::vector<std::pair<kube::ObjectKey, PlacementReport>> take_reports(
      const std::map<placement::Ordinal, std::string>& unwritten);

  const kube::ObjectPtr& stateful_set() const { return stateful_set_; }
  const std::string& problem() const { return problem_; }
  std::string pod_name(placement::Ordinal ordinal) const;
  placement::Count placed() const;
  placement::Count pending() const;
  PoolView view() const;

 private:
  struct PodState {
    kube::ObjectPtr object;  // null: it does not exist
    bool ready = false;
    std::int64_t applied = 0;
    bool full = false;
  };
  struct Group {
    kube::ObjectPtr object;
    bool allowed = true;
    bool scheduled = false;  // the scheduler knows it
    std::optional<placement::GroupOutcome> outcome;
    std::optional<PlacementReport::Placed> reported;
    std::set<placement::Ordinal> reported_pods;
  };

  std::optional<placement::Ordinal> ordinal_of(const kube::ObjectKey& pod) const;
  void admit(const kube::ObjectKey& key, Group& group, base::SteadyTime now);
  void dismiss(const kube::ObjectKey& key, Group& group);
  void tell_node(const std::string& name, base::SteadyTime now);
  void tell_pod(placement::Ordinal ordinal, const PodState& pod, base::SteadyTime now);
  void take(const placement::GroupOutcome& outcome);
  bool settle_sizes(base::SteadyTime now);
  void relieve(placement::Ordinal pod, base::SteadyTime now);
  void report_groups_on(placement::Ordinal pod);
  PlacementReport report(const Group& group, const std::string& unwritten) const;
  Condition condition(const Group& group) const;
  PlacementReport::Placed placed_now(const Group& group) const;
  static std::set<placement::Ordinal> pods_of(const Group& group);
  PoolPodView view_of(placement::Ordinal ordinal) const;

  const kube::ObjectKey pool_;
  placement::Scheduler scheduler_;
  AssignmentTable assignments_;
  kube::ObjectPtr stateful_set_;
  std::string settled_template_;
  std::optional<PoolSettings> settings_;
  std::string problem_;
  std::map<placement::Ordinal, PodState> pods_;
  std::map<std::string, kube::ObjectPtr> nodes_;
  std::set<std::string> told_nodes_;            // those that the scheduler knows
  std::map<std::string, std::size_t> pods_on_;  // by node
  std::map<kube::ObjectKey, Group> groups_;
  std::set<kube::ObjectKey> unreported_;
  std::set<placement::Ordinal> touched_;  // pods whose assignment may have another size
  std::optional<placement::Count> replicas_;
  std::optional<base::SteadyTime> next_;
  bool held_ = false;
};

}  // namespace weir::controller
