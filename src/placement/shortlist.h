#pragma once

#include <compare>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "placement/search.h"

namespace weir::placement {

// Pods in lines: those that plugins cannot tell apart but by their ordinal stand in one, so that it takes one look a
// line to judge them all, however many there are.
class PodLines {
 public:
  struct Kind {
    bool usable = true;
    ZoneId zone = kNoZone;
    Count on_node = 0;
    Count on_pod = 0;

    auto operator<=>(const Kind&) const = default;
  };
  using Places = std::vector<std::pair<Kind, Ordinal>>;

  // In place of all that stood there for the node.
  void set(NodeId node, Places places);
  const std::map<Kind, std::set<Ordinal>>& all() const { return lines_; }

 private:
  std::map<Kind, std::set<Ordinal>> lines_;
  std::unordered_map<NodeId, Places> of_node_;
};

// Finds what best_pod() finds while many virtual replicas of one group are placed or weighed, in about the time of a
// few pods each, however many hold some of the group. Profile, tally and pool must outlive it; the tally stays bound.
class PlaceShortlist {
 public:
  PlaceShortlist(const Profile& profile, const Tally& tally);

  // After each change of what the tally counts, or the pool has, on a pod.
  void refresh(Ordinal pod) { refresh_node(tally_.pool().node_of(pod)); }
  std::optional<Choice> best_pod(Ordinal current = -1);

 private:
  void refresh_node(NodeId node);

  const Profile& profile_;
  const Tally& tally_;
  PodLines lines_;  // pods of nodes with some of the group
  // By zone: no node before it in the zone's open nodes is without.
  std::vector<std::pair<Ordinal, NodeId>> untouched_;
};

// The same for pod_to_leave().
class LeaveShortlist {
 public:
  LeaveShortlist(const Profile& profile, const Tally& tally);

  void refresh(Ordinal pod) { refresh_node(tally_.pool().node_of(pod)); }
  Ordinal pod_to_leave() const;

 private:
  void refresh_node(NodeId node);

  const Profile& profile_;
  const Tally& tally_;
  PodLines lines_;
  std::unordered_map<NodeId, std::vector<Ordinal>> holders_;
};

}  // namespace weir::placement
