#pragma once

#include <vector>

#include "placement/roster.h"
#include "placement/settings.h"

namespace weir::placement {

// One virtual replica that got a pod, lost it, or changed it.
struct Step {
  GroupKey group;
  std::optional<Ordinal> from;
  std::optional<Ordinal> to;       // none with `cause`: it is pending now
  std::optional<MoveCause> cause;  // only where something else than the group's wish began it
  Verdict verdict;                 // which plugin chose; empty unless the placer traces

  bool operator==(const Step&) const = default;
};

// Gives groups what they lack and takes what they have too much of. Everything that stands, stands. Not thread-safe.
class Placer {
 public:
  Placer(Pool& pool, Roster& roster, Profile profile)
      : pool_(pool), roster_(roster), profile_(std::move(profile)), tally_(pool) {}

  const Profile& profile() const { return profile_; }
  // Whether each step names the plugin that decided, which takes a look at every pod.
  void set_trace(bool trace) { trace_ = trace; }

  // Whether all that the pod carries has room on those that are usable, whichever of them it comes to. False in doubt.
  bool fits_elsewhere(Ordinal pod);
  // Whether the pod carries something that would have to leave it and finds room on no pod there is.
  bool is_stuck(Ordinal pod);
  // Takes from groups what they no longer want.
  void take_excess();
  // Shares the room between the groups given, fairly where it does not suffice for all.
  void place(const std::vector<GroupState*>& groups, std::optional<Count> quota);
  // Takes everything off a pod, to be placed again.
  void displace(Ordinal pod, MoveCause cause);
  // Moves up to `budget` virtual replicas off a pod, those that have somewhere to go. Returns how many.
  Count empty(Ordinal pod, MoveCause cause, Count budget);
  // The first pod of the group from which a move is worth it, by the profile's levels before StayInPlace.
  std::optional<Ordinal> worth_leaving(const GroupState& group);
  // Moves up to `budget` of the group off the pod while that is worth it. Returns how many.
  Count improve(GroupState& group, Ordinal pod, Count budget);

  // Steps since the last call: moves, and with set_trace() everything.
  std::vector<Step> take_steps();

 private:
  void bind(const GroupState& group) { tally_.bind(group.placed, group.demand.partitions, group.demand.cost); }
  std::vector<GroupState*> groups_on(Ordinal pod);
  Count relieve(Ordinal pod, Count budget);
  Count place_one_group(GroupState& group, Count most);
  void settle_pending(GroupState& group, std::optional<Count> quota);
  std::optional<Ordinal> better_pod(const GroupState& group, Ordinal pod);
  bool is_worth(const Choice& there, Ordinal here) const;
  void note(const GroupState& group, std::optional<Ordinal> from, std::optional<Ordinal> to,
            std::optional<MoveCause> cause, Verdict verdict);
  void shift(GroupState& group, Ordinal from, Ordinal to, MoveCause cause, Verdict verdict);

  Pool& pool_;
  Roster& roster_;
  Profile profile_;
  Tally tally_;
  bool trace_ = false;
  std::vector<Step> steps_;
  std::optional<Verdict> nobody_;  // why no pod gets anything
};

}  // namespace weir::placement
