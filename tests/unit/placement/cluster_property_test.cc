#include <algorithm>

#include <gtest/gtest.h>

#include "unit/placement/random_cluster.h"

// What must hold in every cluster, however unlikely: tried on thousands that chance made.
namespace weir::placement {
namespace {

using namespace std::chrono_literals;

using AllPlacements = std::map<GroupKey, Placements>;

AllPlacements placements_of(const RandomCluster& cluster, const Scheduler& scheduler) {
  AllPlacements all;
  for (const auto& [key, demand] : cluster.groups)
    if (const Placements* placements = scheduler.placements(key)) all[key] = *placements;
  return all;
}

Count on_pod(const Placements& placements, Ordinal pod) {
  const auto found = std::ranges::find(placements, pod, &Placement::pod);
  return found == placements.end() ? 0 : found->vreplicas;
}

// Where no container can run: whatever is there has to go.
bool is_away(const RandomCluster& cluster, Ordinal pod) {
  const auto found = cluster.pods.find(pod);
  return found == cluster.pods.end() || found->second.terminating || found->second.failed || found->second.node.empty();
}

bool gets_placements(const RandomCluster& cluster, Ordinal pod) {
  if (is_away(cluster, pod)) return false;
  const Pod& it = cluster.pods.at(pod);
  const Node& node = cluster.nodes.at(it.node);
  return !it.unschedulable && !it.full && node.ready && !node.cordoned;
}

using Loads = std::map<Ordinal, std::int64_t>;

// What pods carry, at what groups cost now.
Loads loads_of(const RandomCluster& cluster, const AllPlacements& all) {
  Loads loads;
  for (const auto& [key, placements] : all)
    if (const auto group = cluster.groups.find(key); group != cluster.groups.end())
      for (const Placement& placement : placements)
        loads[placement.pod] += std::int64_t{placement.vreplicas} * group->second.cost;
  return loads;
}

// But for what was there when a cost was raised, and then nothing is added.
void expect_no_pod_above_capacity(const RandomCluster& cluster, const Loads& before) {
  for (const auto& [pod, load] : loads_of(cluster, placements_of(cluster, *cluster.scheduler))) {
    const auto was = before.find(pod);
    EXPECT_LE(load, std::max<std::int64_t>(cluster.settings.capacity, was == before.end() ? 0 : was->second))
        << "pod " << pod;
    EXPECT_EQ(load, cluster.scheduler->pool().pod(pod)->used) << "pod " << pod;
  }
}

void expect_nothing_where_nothing_can_be(const RandomCluster& cluster, const AllPlacements& before) {
  for (const auto& [key, placements] : placements_of(cluster, *cluster.scheduler)) {
    const auto had = before.find(key);
    for (const Placement& placement : placements) {
      EXPECT_GT(placement.vreplicas, 0);
      EXPECT_FALSE(is_away(cluster, placement.pod)) << "pod " << placement.pod;
      if (gets_placements(cluster, placement.pod)) continue;
      const Count was = had == before.end() ? 0 : on_pod(had->second, placement.pod);
      EXPECT_LE(placement.vreplicas, was) << "new on pod " << placement.pod << ", which gets none";
    }
  }
}

// No room is left idle that somebody who lacks could use.
void expect_no_room_for(const RandomCluster& cluster, const GroupKey& key, Count cost) {
  const Loads loads = loads_of(cluster, placements_of(cluster, *cluster.scheduler));
  for (const auto& [ordinal, pod] : cluster.pods) {
    if (!gets_placements(cluster, ordinal) || ordinal >= cluster.scheduler->pool().limit()) continue;
    const auto load = loads.find(ordinal);
    EXPECT_LT(cluster.settings.capacity - (load == loads.end() ? 0 : load->second), cost)
        << "pod " << ordinal << " has room for " << to_string(key);
  }
}

// placed + pending = wanted; pending has a reason, and is not for want of looking.
void expect_sums(const RandomCluster& cluster, const std::map<GroupKey, GroupOutcome>& outcomes) {
  std::map<std::string, std::int64_t> of_namespace;
  for (const auto& [key, demand] : cluster.groups)
    of_namespace[key.ns] += total(*cluster.scheduler->placements(key));
  for (const auto& [key, demand] : cluster.groups) {
    const GroupOutcome& outcome = outcomes.at(key);
    EXPECT_EQ(outcome.placements, *cluster.scheduler->placements(key));
    EXPECT_EQ(total(outcome.placements) + outcome.pending, demand.vreplicas);
    EXPECT_EQ(outcome.reason.has_value(), outcome.pending > 0);
    const bool full = outcome.reason == PendingReason::kPoolAtMaximum || outcome.reason == PendingReason::kPoolGrowing;
    if (full) expect_no_room_for(cluster, key, demand.cost);
    EXPECT_EQ(outcome.reason == PendingReason::kCostAboveCapacity,
              outcome.pending > 0 && demand.cost > cluster.settings.capacity);
    if (outcome.reason != PendingReason::kNamespaceQuota) continue;
    EXPECT_GE(of_namespace[key.ns], *cluster.settings.max_vreplicas_per_namespace);
  }
}

// A virtual replica leaves a pod only as less is wanted, as the pod is away, or as its node has been not ready.
void expect_only_forced_moves(const RandomCluster& cluster, const AllPlacements& before, const Decision& decision) {
  std::map<std::pair<GroupKey, Ordinal>, Count> left;
  for (const Step& step : decision.steps)
    if (step.from) ++left[{step.group, *step.from}];
  for (const auto& [key, placements] : before) {
    const auto demand = cluster.groups.find(key);
    if (demand == cluster.groups.end()) continue;
    if (demand->second.vreplicas < total(placements)) continue;
    for (const Placement& placement : placements) {
      const Count now = on_pod(*cluster.scheduler->placements(key), placement.pod);
      const Count gone = left.contains({key, placement.pod}) ? left[{key, placement.pod}] : 0;
      if (gone == 0) {
        EXPECT_GE(now, placement.vreplicas) << to_string(key);
        continue;
      }
      const bool unready =
          !is_away(cluster, placement.pod) && !cluster.nodes.at(cluster.pods.at(placement.pod).node).ready;
      EXPECT_TRUE(is_away(cluster, placement.pod) || unready) << to_string(key) << " left pod " << placement.pod;
    }
  }
}

void expect_same_again(RandomCluster& cluster) {
  const Decision again = cluster.run();
  EXPECT_TRUE(again.groups.empty());
  EXPECT_TRUE(again.steps.empty());
}

// A new leader that reads status, told in another order, changes nothing.
void expect_restart_changes_nothing(RandomCluster& cluster) {
  const auto restarted = cluster.told_in_random_order(true);
  const Decision decision = restarted->run(cluster.now);
  EXPECT_TRUE(decision.steps.empty());
  EXPECT_EQ(placements_of(cluster, *restarted), placements_of(cluster, *cluster.scheduler));
}

void expect_order_of_input_does_not_matter(RandomCluster& cluster) {
  const auto one = cluster.told_in_random_order(false), other = cluster.told_in_random_order(false);
  const Decision first = one->run(cluster.now), second = other->run(cluster.now);
  EXPECT_EQ(first.groups, second.groups);
  EXPECT_EQ(first.pool_replicas, second.pool_replicas);
}

TEST(ClusterProperties, HoldInTenThousandClustersThroughWhatHappensToThem) {
  // No voluntary moves and no shrinking here: what moves is forced.
  const Patience patience{.shrink_cooldown = 1000h, .cycle = 1000h};
  for (unsigned seed = 0; seed < kClusters && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCluster cluster(seed, patience);
    std::map<GroupKey, GroupOutcome> outcomes;
    for (int round = 0; round < 4 && !::testing::Test::HasFailure(); ++round) {
      SCOPED_TRACE("round " + std::to_string(round));
      const AllPlacements before = placements_of(cluster, *cluster.scheduler);
      const Decision decision = cluster.run();
      for (const GroupOutcome& outcome : decision.groups)
        outcomes[outcome.key] = outcome;
      cluster.stateful_set.replicas = decision.pool_replicas;
      EXPECT_LE(decision.pool_replicas, std::max(cluster.settings.max_replicas, 10));
      expect_no_pod_above_capacity(cluster, loads_of(cluster, before));
      expect_nothing_where_nothing_can_be(cluster, before);
      expect_sums(cluster, outcomes);
      expect_only_forced_moves(cluster, before, decision);
      expect_same_again(cluster);
      expect_restart_changes_nothing(cluster);
      if (round == 0) expect_order_of_input_does_not_matter(cluster);
      cluster.disturb();
    }
  }
}

// The most of a group in a zone that could give one to a zone with room, and be no worse off than it.
void expect_no_zone_could_give(const RandomCluster& cluster) {
  const Pool& pool = cluster.scheduler->pool();
  for (const auto& [key, demand] : cluster.groups) {
    std::map<ZoneId, Count> zones;
    const Placements& placements = *cluster.scheduler->placements(key);
    for (const Placement& placement : placements)
      zones[pool.zone_of(placement.pod)] += placement.vreplicas;
    for (const Placement& placement : placements) {
      if (!pool.pod(placement.pod)->usable) continue;
      for (Ordinal to = 0; to < static_cast<Ordinal>(pool.pods().size()); ++to) {
        if (!pool.is_open(to, demand.cost)) continue;
        // A pod more than partitions is not to be had, except for the last one of the pod.
        const bool holds = on_pod(placements, to) > 0;
        const auto pods = static_cast<Count>(placements.size()) - (placement.vreplicas == 1 ? 1 : 0);
        if (!holds && demand.partitions && pods >= *demand.partitions) continue;
        EXPECT_LE(zones[pool.zone_of(placement.pod)] - zones[pool.zone_of(to)], 1)
            << to_string(key) << " from pod " << placement.pod << " to " << to;
      }
    }
  }
}

TEST(ClusterProperties, VoluntaryMovesEndWithinTheirBudgetAndLeaveNoZoneBetterOff) {
  const Patience patience{.max_moves_per_cycle = 2};
  for (unsigned seed = 0; seed < kClusters / 5 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCluster cluster(seed, patience);
    cluster.run();
    cluster.disturb();
    Decision decision = cluster.run();
    int runs = 0;
    for (; decision.next && runs < 500; ++runs) {
      cluster.now = *decision.next;
      const Loads before = loads_of(cluster, placements_of(cluster, *cluster.scheduler));
      decision = cluster.run();
      std::set<Ordinal> from;
      Count voluntary = 0;
      for (const Step& step : decision.steps) {
        const bool forced = step.cause <= MoveCause::kNodeNotReady;
        if (forced) continue;
        from.insert(*step.from);
        ++voluntary;
      }
      EXPECT_LE(voluntary, 2);
      EXPECT_LE(from.size(), 1U);
      expect_no_pod_above_capacity(cluster, before);
    }
    EXPECT_LT(runs, 500);
    if (!decision.held) expect_no_zone_could_give(cluster);
  }
}

}  // namespace
}  // namespace weir::placement
