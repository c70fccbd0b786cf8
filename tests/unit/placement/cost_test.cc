#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

// Virtual replicas that take more of a pod than others do.
namespace weir::placement {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

std::int64_t used(const Cluster& cluster, Ordinal pod) {
  return cluster.scheduler.pool().pod(pod)->used;
}

// The StatefulSet's controller does as it is told, until the pool asks for no more pods.
Decision run_until_pods_suffice(Cluster& cluster, Count zones = 1) {
  Decision decision = cluster.run();
  while (decision.pool_replicas > cluster.replicas) {
    cluster.add_pods(decision.pool_replicas, zones);
    decision = cluster.run();
  }
  return decision;
}

TEST(VReplicaCost, FillsAPodByWhatEachTakes) {
  Cluster cluster({.capacity = 20, .max_replicas = 2});
  cluster.add_pods(2, 1);
  cluster.want_of_cost("busy", 9, 6);
  cluster.run();
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 3), Pair(1, 3)));
  EXPECT_EQ(used(cluster, 0), 18);
  EXPECT_EQ(cluster.outcome("busy").pending, 3);
  EXPECT_EQ(cluster.outcome("busy").reason, PendingReason::kPoolAtMaximum);
  EXPECT_EQ(cluster.outcome("busy").refused.reason, "no pod has room for one, which takes 6 of its capacity");
  // What is left is somebody's who takes less.
  cluster.want("idle", 9);
  cluster.run();
  EXPECT_THAT(cluster.placed("idle"), ElementsAre(Pair(0, 2), Pair(1, 2)));
}

TEST(VReplicaCost, ThreeOfMoreThanHalfAPodGetThreePods) {
  Cluster cluster({.capacity = 20});
  cluster.tell_pool();
  cluster.want_of_cost("busy", 3, 11);
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 3);
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 1), Pair(1, 1), Pair(2, 1)));
}

// 6 + 6 of one and 4 + 4 of the other would fill two pods. Those that came first lie otherwise.
TEST(VReplicaCost, ThePoolGrowsByWhatPendingOnesNeedWhereTheSumHasPodsEnough) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(2, 1);
  cluster.want_of_cost("early", 4, 4);
  cluster.run();
  EXPECT_THAT(cluster.placed("early"), ElementsAre(Pair(0, 2), Pair(1, 2)));
  cluster.want_of_cost("early", 3, 4);
  cluster.want_of_cost("late", 1, 6);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 2);
  cluster.want_of_cost("late", 2, 3);
  cluster.want_of_cost("more", 1, 5);
  const Decision decision = run_until_pods_suffice(cluster);
  EXPECT_EQ(decision.pool_replicas, 3);
  EXPECT_EQ(cluster.outcome("more").pending, 0);
}

TEST(VReplicaCost, APoolThatGrewForWantOfPackingStaysAsItIs) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(2, 1);
  cluster.scheduler.restore(group_key("a"), {{0, 1}, {1, 1}}, cluster.now);
  cluster.want_of_cost("a", 2, 4);
  cluster.want_of_cost("b", 1, 7);
  cluster.want("flapping", 1);
  // 4 + 4 + 7 + 1 are no more than two pods have, but 7 finds no two pods' rests.
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 3);
  EXPECT_EQ(cluster.outcome("b").pending, 0);
  const auto placed = cluster.placed("b");
  for (int cycle = 0; cycle < 100; ++cycle) {
    // Who wants less gives the pool reason to try to shrink.
    cluster.want("flapping", cycle % 4 == 0 ? 0 : 1);
    EXPECT_EQ(cluster.run_after(30s).pool_replicas, 3) << cycle;
    EXPECT_EQ(cluster.placed("b"), placed) << cycle;
  }
}

TEST(VReplicaCost, APoolThatShrinksTakesItsPodsBackForWhatHasNoOtherPlace) {
  Cluster cluster({.capacity = 10}, {.cycle = 10min});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("a"), {{0, 1}, {1, 1}, {2, 1}}, cluster.now);
  cluster.want_of_cost("a", 3, 4);
  cluster.run();
  cluster.run_after(60s);
  EXPECT_EQ(cluster.scheduler.pool().limit(), 2);
  // 4 + 4 + 4 + 7 are no more than two pods have.
  cluster.want_of_cost("b", 1, 7);
  EXPECT_EQ(cluster.run().pool_replicas, 4);
  EXPECT_EQ(cluster.scheduler.pool().limit(), 4);
}

TEST(VReplicaCost, APodIsEmptiedOnlyWhereAllOfItsLoadHasRoomElsewhere) {
  struct Row {
    const char* sentence;
    std::map<std::string, std::pair<Count, Placements>> groups;  // cost and where
    Count pods;
  };
  const Row rows[] = {
      {"room in one piece", {{"a", {6, {{0, 1}}}}, {"b", {4, {{1, 1}}}}}, 1},
      {"room enough, but in no piece that is large enough", {{"a", {3, {{0, 2}, {1, 2}}}}, {"b", {6, {{2, 1}}}}}, 3},
      {"what is dear has a place, and what is cheap fits beside it",
       {{"a", {5, {{0, 1}, {1, 1}}}}, {"b", {5, {{2, 1}}}}, {"c", {1, {{2, 5}}}}},
       2},
      {"one of two has a place", {{"a", {6, {{0, 1}, {1, 1}}}}, {"b", {3, {{2, 2}}}}, {"c", {4, {{2, 1}}}}}, 3},
  };
  for (const Row& row : rows) {
    Cluster cluster({.capacity = 10}, {.shrink_cooldown = 0s});
    cluster.add_pods(3, 1);
    for (const auto& [name, group] : row.groups) {
      cluster.scheduler.restore(group_key(name), group.second, cluster.now);
      cluster.want_of_cost(name, total(group.second), group.first);
    }
    Decision decision = cluster.run();
    for (int cycle = 0; cycle < 20; ++cycle)
      decision = cluster.run_after(30s);
    EXPECT_EQ(decision.pool_replicas, row.pods) << row.sentence;
    for (const auto& [name, group] : row.groups)
      EXPECT_EQ(total(*cluster.scheduler.placements(group_key(name))), total(group.second)) << row.sentence;
    if (row.pods == 3) {
      EXPECT_EQ(cluster.placed("b").begin()->first, 2) << row.sentence;
    }
  }
}

TEST(VReplicaCost, AboveTheCapacityIsPendingForThatReasonAndHoldsUpNobody) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(1, 1);
  cluster.want_of_cost("a-monster", 4, 11);
  cluster.want("orders", 12);
  const Decision decision = run_until_pods_suffice(cluster);
  EXPECT_EQ(decision.pool_replicas, 2);
  EXPECT_EQ(cluster.outcome("orders").pending, 0);
  EXPECT_EQ(cluster.outcome("a-monster").pending, 4);
  EXPECT_EQ(cluster.outcome("a-monster").reason, PendingReason::kCostAboveCapacity);
  EXPECT_EQ(cluster.outcome("a-monster").refused.reason, "one takes 11 of a pod's capacity, which is 10");
  cluster.settings.capacity = 11;
  cluster.tell_pool();
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 6);
  EXPECT_EQ(cluster.outcome("a-monster").pending, 0);
}

TEST(VReplicaCost, AboveTheCapacityKeepsNoPod) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(3, 3);
  cluster.want_of_cost("monster", 4, 11);
  cluster.run();
  EXPECT_EQ(cluster.run_after(60s).pool_replicas, 0);
}

TEST(VReplicaCost, ThatIsRaisedWhilePlacedMakesAsFewLeaveAsWillDo) {
  Cluster cluster({.capacity = 20, .min_replicas = 2, .max_replicas = 2});
  cluster.add_pods(2, 1);
  cluster.scheduler.restore(group_key("busy"), {{0, 2}}, cluster.now);
  cluster.scheduler.restore(group_key("idle"), {{0, 10}}, cluster.now);
  cluster.want_of_cost("busy", 2, 5);
  cluster.want("idle", 10);
  cluster.run();
  cluster.want_of_cost("busy", 2, 8);
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  EXPECT_EQ(used(cluster, 0), 26);
  const Decision decision = cluster.run_after(30s);
  ASSERT_EQ(decision.steps.size(), 1U);
  EXPECT_EQ(decision.steps[0].cause, MoveCause::kOverCapacity);
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 1), Pair(1, 1)));
  EXPECT_EQ(used(cluster, 0), 18);
}

TEST(VReplicaCost, ThatIsRaisedLeavesWhatHasNowhereToGoWhereItRuns) {
  Cluster cluster({.capacity = 10, .max_replicas = 1});
  cluster.add_pods(1, 1);
  cluster.want_of_cost("busy", 5, 2);
  cluster.run();
  cluster.want_of_cost("busy", 5, 3);
  for (int cycle = 0; cycle < 5; ++cycle)
    EXPECT_THAT(cluster.run_after(30s).steps, IsEmpty());
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 5)));
  // Nor where one alone is more than a pod has by now.
  cluster.want_of_cost("busy", 5, 11);
  EXPECT_THAT(cluster.run_after(30s).steps, IsEmpty());
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 5)));
}

TEST(VReplicaCost, ThatIsRaisedGetsThePodsThatItTakes) {
  Cluster cluster({.capacity = 20});
  cluster.add_pods(1, 1);
  cluster.want_of_cost("busy", 4, 5);
  cluster.run();
  cluster.want_of_cost("busy", 4, 10);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 2);
  cluster.run_after(30s);
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 2), Pair(1, 2)));
}

// 6 + 6 + 5 are no more than two pods have.
TEST(VReplicaCost, ThatIsRaisedGetsAPodWhereWhatIsTooMuchFitsBesideNothing) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(2, 1);
  cluster.scheduler.restore(group_key("busy"), {{0, 2}}, cluster.now);
  cluster.scheduler.restore(group_key("other"), {{1, 1}}, cluster.now);
  cluster.want_of_cost("busy", 2, 4);
  cluster.want_of_cost("other", 1, 5);
  cluster.run();
  cluster.want_of_cost("busy", 2, 6);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
  cluster.run_after(30s);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 3);
  for (int cycle = 0; cycle < 20; ++cycle)
    EXPECT_EQ(cluster.run_after(30s).pool_replicas, 3) << cycle;
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 1), Pair(2, 1)));
}

TEST(VReplicaCost, ThatIsLoweredMovesNothingAndLetsPendingOnesIn) {
  Cluster cluster({.capacity = 10, .max_replicas = 1});
  cluster.add_pods(1, 1);
  cluster.want_of_cost("busy", 3, 4);
  cluster.run();
  cluster.want("idle", 4);
  cluster.run();
  EXPECT_EQ(cluster.outcome("busy").pending, 1);
  EXPECT_EQ(cluster.outcome("idle").pending, 2);
  cluster.want_of_cost("busy", 3, 2);
  const Decision decision = cluster.run();
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 3)));
  EXPECT_THAT(cluster.placed("idle"), ElementsAre(Pair(0, 4)));
}

TEST(VReplicaCost, IsKnownAgainAfterARestartInWhateverOrder) {
  for (const bool demand_first : {false, true}) {
    Cluster cluster({.capacity = 20, .max_replicas = 2});
    cluster.add_pods(2, 1);
    if (demand_first) cluster.want_of_cost("busy", 3, 9);
    cluster.scheduler.restore(group_key("busy"), {{0, 2}, {1, 1}}, cluster.now);
    if (!demand_first) cluster.want_of_cost("busy", 3, 9);
    cluster.want("idle", 30);
    EXPECT_THAT(cluster.run().steps, IsEmpty());
    EXPECT_THAT(cluster.placed("busy"), ElementsAre(Pair(0, 2), Pair(1, 1)));
    EXPECT_THAT(cluster.placed("idle"), ElementsAre(Pair(0, 2), Pair(1, 11)));
  }
}

TEST(VReplicaCost, OfAGroupThatIsGoneTakesNothing) {
  Cluster cluster({.capacity = 10, .max_replicas = 1});
  cluster.add_pods(1, 1);
  for (int round = 0; round < 3; ++round) {
    cluster.want_of_cost("busy", 2, 5);
    cluster.run();
    EXPECT_EQ(used(cluster, 0), 10);
    cluster.scheduler.remove_group(group_key("busy"));
    EXPECT_EQ(used(cluster, 0), 0);
  }
}

TEST(VReplicaCost, IsNothingToTheQuotaOfANamespace) {
  Cluster cluster({.capacity = 20, .max_vreplicas_per_namespace = 4});
  cluster.tell_pool();
  cluster.want_of_cost("shop/busy", 9, 10);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 2);
  EXPECT_THAT(cluster.placed("shop/busy"), ElementsAre(Pair(0, 2), Pair(1, 2)));
  EXPECT_EQ(cluster.outcome("shop/busy").reason, PendingReason::kNamespaceQuota);
}

TEST(VReplicaCost, GetsPodsWithinAQuotaThatADearAndACheapGroupShare) {
  Cluster cluster({.capacity = 10, .max_vreplicas_per_namespace = 4});
  cluster.tell_pool();
  cluster.want_of_cost("shop/dear", 4, 10);
  cluster.want_of_cost("shop/cheap", 4, 1);
  EXPECT_EQ(run_until_pods_suffice(cluster).pool_replicas, 3);
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("shop/dear"))), 2);
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("shop/cheap"))), 2);
}

TEST(VReplicaCost, GroupsOfScarceRoomGetAsManyVirtualReplicasEach) {
  Cluster cluster({.capacity = 12, .max_replicas = 1});
  cluster.add_pods(1, 1);
  cluster.want_of_cost("a/busy", 9, 3);
  cluster.want("b/idle", 9);
  cluster.run();
  EXPECT_THAT(cluster.placed("a/busy"), ElementsAre(Pair(0, 3)));
  EXPECT_THAT(cluster.placed("b/idle"), ElementsAre(Pair(0, 3)));
}

// A cordoned pod is no reason to wait for ever.
TEST(VReplicaCost, ThePoolGrowsForWantOfPackingBesideACordonedNodeToo) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("a"), {{0, 1}, {1, 1}}, cluster.now);
  cluster.want_of_cost("a", 2, 4);
  Node node = Cluster::node(2, 0);
  node.cordoned = true;
  cluster.scheduler.set_node(node, cluster.now);
  cluster.run();
  cluster.want_of_cost("b", 1, 7);
  EXPECT_EQ(cluster.run().pool_replicas, 4);
}

TEST(VReplicaCost, WhatAPodThatIsGoneCarriedFindsRoomDearestFirst) {
  Cluster cluster({.capacity = 10, .min_replicas = 3, .max_replicas = 3});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("a-cheap"), {{0, 2}, {2, 4}}, cluster.now);
  cluster.scheduler.restore(group_key("dear"), {{2, 1}}, cluster.now);
  cluster.scheduler.restore(group_key("filler"), {{1, 5}}, cluster.now);
  cluster.want("a-cheap", 6);
  cluster.want_of_cost("dear", 1, 8);
  cluster.want("filler", 5);
  cluster.scheduler.remove_pod(2, cluster.now);
  cluster.run();
  EXPECT_THAT(cluster.placed("dear"), ElementsAre(Pair(0, 1)));
  EXPECT_EQ(cluster.outcome("a-cheap").pending, 0);
  EXPECT_EQ(used(cluster, 0), 10);
}

}  // namespace
}  // namespace weir::placement
