#pragma once

#include <map>
#include <string>
#include <vector>

#include "placement/scheduler.h"

namespace weir::placement {

inline constexpr base::SteadyTime kNow{std::chrono::hours(1000)};

inline GroupKey group_key(const std::string& name) {
  const auto slash = name.find('/');
  return slash == std::string::npos ? GroupKey{"default", name}
                                    : GroupKey{name.substr(0, slash), name.substr(slash + 1)};
}

// A scheduler with what it was told, in few words.
class Cluster {
 public:
  explicit Cluster(PoolSettings of_pool = {}, Patience patience = {}, Profile profile = default_profile())
      : settings(of_pool), scheduler(std::move(profile), patience) {}

  // Pods 0 to n-1, each on a node of its own, zones in turn: node-0 in zone-0, node-1 in zone-1 and so on.
  void add_pods(Count pods, Count zones = 3) {
    replicas = std::max(replicas, pods);
    for (Ordinal ordinal = 0; ordinal < pods; ++ordinal) {
      scheduler.set_node(node(ordinal, ordinal % zones), now);
      scheduler.set_pod(pod(ordinal), now);
    }
    tell_pool();
  }
  void tell_pool() { scheduler.set_pool(settings, {.replicas = replicas, .updating = updating}); }

  static Node node(Ordinal number, Count zone) {
    return {.name = "node-" + std::to_string(number), .zone = "zone-" + std::to_string(zone)};
  }
  static Pod pod(Ordinal ordinal) { return {.ordinal = ordinal, .node = "node-" + std::to_string(ordinal)}; }

  void want(const std::string& group, Count vreplicas, std::optional<Count> partitions = std::nullopt) {
    scheduler.set_group(group_key(group), {.vreplicas = vreplicas, .partitions = partitions});
  }
  void want_of_cost(const std::string& group, Count vreplicas, Count cost) {
    scheduler.set_group(group_key(group), {.vreplicas = vreplicas, .cost = cost});
  }
  // Runs, and remembers what was pending.
  Decision run() {
    Decision decision = scheduler.run(now);
    for (const GroupOutcome& outcome : decision.groups)
      outcomes[to_string(outcome.key)] = outcome;
    return decision;
  }
  Decision run_after(std::chrono::milliseconds later) {
    now += later;
    return run();
  }
  // Pods to virtual replicas.
  std::map<Ordinal, Count> placed(const std::string& group) const {
    std::map<Ordinal, Count> placed;
    if (const Placements* placements = scheduler.placements(group_key(group)))
      for (const Placement& placement : *placements)
        placed[placement.pod] = placement.vreplicas;
    return placed;
  }
  const GroupOutcome& outcome(const std::string& group) { return outcomes[to_string(group_key(group))]; }

  PoolSettings settings;
  Scheduler scheduler;
  base::SteadyTime now = kNow;
  Count replicas = 0;
  bool updating = false;
  std::map<std::string, GroupOutcome> outcomes;
};

}  // namespace weir::placement
