#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Sizing, GrowsInTheSamePassAndKeepsWhatFits) {
  Cluster cluster;
  cluster.add_pods(1);
  cluster.want("orders", 60);
  const Decision decision = cluster.run();
  EXPECT_EQ(decision.pool_replicas, 3);
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 20)));
  EXPECT_EQ(cluster.outcome("orders").pending, 40);
  EXPECT_EQ(cluster.outcome("orders").reason, PendingReason::kPoolGrowing);
  cluster.add_pods(3);
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 20), Pair(1, 20), Pair(2, 20)));
}

TEST(Sizing, GrowsFromNothing) {
  Cluster cluster;
  cluster.tell_pool();
  cluster.want("orders", 1);
  EXPECT_EQ(cluster.run().pool_replicas, 1);
  EXPECT_EQ(cluster.outcome("orders").reason, PendingReason::kNoSchedulablePod);
}

TEST(Sizing, StopsAtTheMaximum) {
  Cluster cluster({.capacity = 20, .max_replicas = 2});
  cluster.add_pods(1);
  cluster.want("orders", 60);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
  cluster.add_pods(2);
  cluster.run();
  EXPECT_EQ(cluster.outcome("orders").pending, 20);
  EXPECT_EQ(cluster.outcome("orders").reason, PendingReason::kPoolAtMaximum);
}

TEST(Sizing, GrowsNoFurtherThanTheQuotasOfNamespacesReach) {
  Cluster cluster({.capacity = 10, .max_vreplicas_per_namespace = 15});
  cluster.add_pods(1);
  cluster.want("shop/a", 500);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
}

TEST(Sizing, ShrinksAfterItsCooldownLastOrdinalsFirst) {
  Cluster cluster({.min_replicas = 1});
  cluster.add_pods(3);
  cluster.want("orders", 60);
  cluster.run();
  cluster.want("orders", 0);
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  EXPECT_EQ(cluster.run_after(59s).pool_replicas, 3);
  EXPECT_EQ(cluster.run_after(1s).pool_replicas, 1);
}

TEST(Sizing, TheCooldownBeginsAnewWhenThePodsAreWantedInBetween) {
  Cluster cluster;
  cluster.add_pods(3);
  cluster.want("orders", 60);
  cluster.run();
  cluster.want("orders", 20);
  cluster.run();
  cluster.want("orders", 60);
  cluster.run_after(50s);
  cluster.want("orders", 20);
  cluster.run_after(5s);
  EXPECT_EQ(cluster.run_after(59s).pool_replicas, 3);
}

TEST(Sizing, ShrinkingKeepsAPodForEachZoneThatAGroupSpreadsOver) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(6, 3);
  cluster.want("a", 60);
  cluster.run();
  cluster.want("a", 6);
  for (int cycle = 0; cycle < 10; ++cycle)
    cluster.run_after(30s);
  EXPECT_THAT(cluster.placed("a"), ElementsAre(Pair(0, 2), Pair(1, 2), Pair(2, 2)));
  EXPECT_EQ(cluster.run_after(30s).pool_replicas, 3);
  cluster.want("a", 2);
  cluster.run_after(60s);
  EXPECT_EQ(cluster.run_after(60s).pool_replicas, 2);
}

TEST(Sizing, CompactionEmptiesTheHighestPodsWithinTheBudget) {
  Cluster cluster({.capacity = 10}, {.max_moves_per_cycle = 2});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("a"), {{0, 1}, {1, 2}, {2, 3}}, cluster.now);
  cluster.want("a", 6);
  cluster.run();
  std::vector<Ordinal> left;
  Decision decision;
  for (int cycle = 0; cycle < 8; ++cycle) {
    decision = cluster.run_after(30s);
    EXPECT_LE(decision.steps.size(), 2U);
    for (const Step& step : decision.steps) {
      EXPECT_EQ(step.cause, MoveCause::kCompaction);
      left.push_back(*step.from);
    }
  }
  EXPECT_THAT(left, ElementsAre(2, 2, 2, 1, 1));
  EXPECT_THAT(cluster.placed("a"), ElementsAre(Pair(0, 6)));
  EXPECT_EQ(decision.pool_replicas, 1);
}

TEST(Sizing, APodThatIsToGoGetsNothingNew) {
  Cluster cluster({.capacity = 10}, {.cycle = 10min});
  cluster.add_pods(2, 1);
  cluster.scheduler.restore(group_key("a"), {{0, 2}, {1, 1}}, cluster.now);
  cluster.want("a", 3);
  cluster.run();
  // After the cooldown, but before the cycle that would empty it.
  cluster.run_after(60s);
  cluster.want("b", 4);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
  EXPECT_THAT(cluster.placed("b"), ElementsAre(Pair(0, 4)));
}

TEST(Sizing, APodThatCannotBeEmptiedIsKept) {
  ProfileSpec spec = *built_in_profile("default");
  spec.filters.push_back({.name = "EvenPodSpread", .weight = 1, .args = {{"MaxSkew", 1}}});
  Cluster cluster({.capacity = 4}, {}, make_profile(spec).value());
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("x"), {{0, 1}, {1, 1}, {2, 2}}, cluster.now);
  cluster.want("x", 4);
  for (const char* one : {"y1", "y2", "y3"}) {
    cluster.scheduler.restore(group_key(one), {{0, 1}}, cluster.now);
    cluster.want(one, 1);
  }
  Decision decision;
  for (int cycle = 0; cycle < 10; ++cycle)
    decision = cluster.run_after(30s);
  // Two pods would do, but pod 0 is full, and pod 1 may not have three where pod 0 has one.
  EXPECT_THAT(cluster.placed("x"), ElementsAre(Pair(0, 1), Pair(1, 2), Pair(2, 1)));
  EXPECT_EQ(decision.pool_replicas, 3);
  EXPECT_EQ(decision.next, std::nullopt);
  cluster.want("y1", 0);
  for (int cycle = 0; cycle < 10; ++cycle)
    decision = cluster.run_after(30s);
  EXPECT_EQ(decision.pool_replicas, 2);
}

TEST(Sizing, AGroupOnAsManyPodsAsPartitionsCanLeaveOne) {
  Cluster cluster({.capacity = 4});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("x"), {{1, 2}, {2, 2}}, cluster.now);
  cluster.scheduler.restore(group_key("y"), {{1, 2}}, cluster.now);
  cluster.want("x", 4, 2);
  cluster.want("y", 2);
  cluster.run();
  cluster.run_after(60s);
  EXPECT_EQ(cluster.run_after(30s).pool_replicas, 2);
  EXPECT_THAT(cluster.placed("x"), ElementsAre(Pair(0, 2), Pair(1, 2)));
}

TEST(Sizing, NodesThatAreNotReadyForLongAreMadeUpFor) {
  Cluster cluster;
  cluster.add_pods(3);
  cluster.want("orders", 60);
  cluster.run();
  Node node = Cluster::node(1, 1);
  node.ready = false;
  cluster.scheduler.set_node(node, cluster.now);
  EXPECT_EQ(cluster.run_after(39s).pool_replicas, 3);
  EXPECT_EQ(cluster.run_after(1s).pool_replicas, 4);
}

TEST(Sizing, APodThatIsBeingMadeAnewIsNotMadeUpFor) {
  Cluster cluster;
  cluster.add_pods(3);
  cluster.want("orders", 60);
  cluster.run();
  cluster.scheduler.remove_pod(1, cluster.now);
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  EXPECT_EQ(cluster.outcome("orders").pending, 20);
}

TEST(Sizing, ReplicasThatPluginsRefuseGetMorePodsUpToTheMaximum) {
  ProfileSpec spec = *built_in_profile("default");
  spec.filters.push_back({.name = "EvenPodSpread", .weight = 1, .args = {{"MaxSkew", 1}}});
  Cluster cluster({.capacity = 10, .max_replicas = 4}, {}, make_profile(spec).value());
  cluster.add_pods(2, 2);
  cluster.scheduler.restore(group_key("a"), {{0, 9}}, cluster.now);
  cluster.want("a", 9);
  cluster.want("b", 8);
  // Pod 0 has room for one of b, so that no other pod may have more than two.
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  EXPECT_THAT(cluster.placed("b"), ElementsAre(Pair(0, 1), Pair(1, 2)));
  EXPECT_EQ(cluster.outcome("b").refused.plugin, "EvenPodSpread");
  cluster.add_pods(3, 3);
  EXPECT_EQ(cluster.run().pool_replicas, 4);
  cluster.add_pods(4, 4);
  EXPECT_EQ(cluster.run().pool_replicas, 4);
  EXPECT_EQ(cluster.outcome("b").pending, 1);
  EXPECT_EQ(cluster.outcome("b").reason, PendingReason::kRefused);
}

TEST(Sizing, ReplicasBeyondThePartitionsGetNoMorePods) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(2, 2);
  cluster.want("a", 15, 1);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
  EXPECT_EQ(cluster.outcome("a").pending, 5);
  EXPECT_EQ(cluster.outcome("a").refused.plugin, "NoMaxResourceCount");
}

}  // namespace
}  // namespace weir::placement
