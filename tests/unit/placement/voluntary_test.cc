#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Runs cycles until one moves nothing, and says from which pods each moved.
std::vector<std::set<Ordinal>> run_cycles(Cluster& cluster, std::size_t most_moves) {
  std::vector<std::set<Ordinal>> cycles;
  for (int cycle = 0; cycle < 50; ++cycle) {
    const Decision decision = cluster.run_after(30s);
    if (decision.steps.empty()) break;
    EXPECT_LE(decision.steps.size(), most_moves);
    auto& from = cycles.emplace_back();
    for (const Step& step : decision.steps)
      from.insert(*step.from);
  }
  return cycles;
}

TEST(Voluntary, ANewZoneIsRebalancedOnePodAtATime) {
  Cluster cluster({.min_replicas = 3}, {.max_moves_per_cycle = 3});
  cluster.add_pods(2, 2);
  cluster.replicas = 3;
  cluster.tell_pool();
  cluster.want("orders", 12);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 6), Pair(1, 6)));
  cluster.add_pods(3, 3);
  for (const auto& pods : run_cycles(cluster, 3))
    EXPECT_EQ(pods.size(), 1U);
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 4), Pair(1, 4), Pair(2, 4)));
}

TEST(Voluntary, NothingMovesBeforeTheFirstCycleAfterAStart) {
  Cluster cluster({.min_replicas = 2});
  cluster.add_pods(2, 2);
  cluster.scheduler.restore(group_key("orders"), {{0, 8}}, cluster.now);
  cluster.want("orders", 8);
  const Decision decision = cluster.run();
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_EQ(decision.next, cluster.now + 30s);
  EXPECT_EQ(cluster.run_after(30s).steps.size(), 4U);
}

TEST(Voluntary, OfGroupsThatCouldImproveOnePodGivesAtATime) {
  Cluster cluster({.min_replicas = 4});
  cluster.add_pods(4, 2);
  for (const char* name : {"a", "b", "c"}) {
    cluster.scheduler.restore(group_key(name), {{0, 3}, {2, 3}}, cluster.now);
    cluster.want(name, 6);
  }
  cluster.run();
  const auto cycles = run_cycles(cluster, 10);
  EXPECT_GE(cycles.size(), 2U);
  for (const auto& pods : cycles)
    EXPECT_EQ(pods.size(), 1U);
  for (const char* name : {"a", "b", "c"}) {
    const auto placed = cluster.placed(name);
    EXPECT_EQ(placed.at(0) + placed.at(2), 3) << name;
  }
}

TEST(Voluntary, AGroupOnAHundredPodsComesToThirtyMoreFromOnePodAtATime) {
  Cluster cluster({.min_replicas = 130, .max_replicas = 130});
  cluster.add_pods(130);
  Placements placements;
  for (Ordinal pod = 0; pod < 100; ++pod)
    placements.push_back({pod, 3});
  cluster.scheduler.restore(group_key("orders"), placements, cluster.now);
  cluster.want("orders", 300);
  cluster.run();
  for (const auto& pods : run_cycles(cluster, 10))
    EXPECT_EQ(pods.size(), 1U);
  EXPECT_EQ(cluster.placed("orders").size(), 130U);
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("orders"))), 300);
}

TEST(Voluntary, ANodeThatCameBackIsUsedOnceTheSkewIsBeyondTheLimit) {
  Cluster cluster({.min_replicas = 4});
  cluster.add_pods(4, 1);
  cluster.scheduler.restore(group_key("orders"), {{0, 4}, {1, 4}, {2, 4}}, cluster.now);
  cluster.want("orders", 12);
  cluster.run();
  run_cycles(cluster, 10);
  // NodeSpread's limit is 2: no more is moved than brings it there.
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 3), Pair(1, 3), Pair(2, 4), Pair(3, 2)));
}

TEST(Voluntary, ASkewWithinTheLimitStays) {
  Cluster cluster({.min_replicas = 4});
  cluster.add_pods(4, 1);
  cluster.scheduler.restore(group_key("orders"), {{0, 2}, {1, 2}, {2, 2}}, cluster.now);
  cluster.want("orders", 6);
  cluster.run();
  EXPECT_THAT(run_cycles(cluster, 10), IsEmpty());
}

TEST(Voluntary, PodsOfOneNodeAreNotEvenedOut) {
  Cluster cluster({.min_replicas = 2});
  cluster.scheduler.set_node({.name = "node", .zone = "a"}, cluster.now);
  cluster.scheduler.set_pod({.ordinal = 0, .node = "node"}, cluster.now);
  cluster.scheduler.set_pod({.ordinal = 1, .node = "node"}, cluster.now);
  cluster.replicas = 2;
  cluster.tell_pool();
  cluster.scheduler.restore(group_key("orders"), {{0, 8}}, cluster.now);
  cluster.want("orders", 8);
  cluster.run();
  EXPECT_THAT(run_cycles(cluster, 10), IsEmpty());
}

TEST(Voluntary, AProfileWithoutStayInPlaceMovesNothing) {
  Cluster cluster({.min_replicas = 2}, {}, make_profile(*built_in_profile("knative-1.9")).value());
  cluster.add_pods(2, 2);
  cluster.scheduler.restore(group_key("orders"), {{0, 8}}, cluster.now);
  cluster.want("orders", 8);
  cluster.run();
  EXPECT_THAT(run_cycles(cluster, 10), IsEmpty());
}

TEST(Voluntary, AnAnnotatedPodIsEmptiedWithinTheBudget) {
  Cluster cluster({.min_replicas = 3}, {.max_moves_per_cycle = 2});
  cluster.add_pods(3);
  cluster.want("orders", 9);
  cluster.run();
  cluster.scheduler.set_pod({.ordinal = 1, .node = "node-1", .unschedulable = true}, cluster.now);
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  EXPECT_EQ(run_cycles(cluster, 2).size(), 2U);
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 5), Pair(2, 4)));
}

TEST(Voluntary, AnAnnotatedPodKeepsWhatHasNowhereToGo) {
  Cluster cluster({.capacity = 4, .min_replicas = 2, .max_replicas = 2});
  cluster.add_pods(2, 2);
  cluster.want("orders", 7);
  cluster.run();
  cluster.scheduler.set_pod({.ordinal = 1, .node = "node-1", .unschedulable = true}, cluster.now);
  run_cycles(cluster, 10);
  EXPECT_EQ(cluster.placed("orders")[0], 4);
  EXPECT_EQ(cluster.placed("orders")[1], 3);
}

TEST(Voluntary, CordonedNodesAreLeftWhereTheOperatorWantsIt) {
  Cluster cluster({.min_replicas = 3}, {.leave_cordoned_nodes = true});
  cluster.add_pods(3);
  cluster.want("orders", 9);
  cluster.run();
  Node node = Cluster::node(1, 1);
  node.cordoned = true;
  cluster.scheduler.set_node(node, cluster.now);
  run_cycles(cluster, 10);
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 5), Pair(2, 4)));
}

TEST(Voluntary, ALowerCapacityIsReachedByMovesAndDropsNothing) {
  Cluster cluster({.capacity = 10, .min_replicas = 2, .max_replicas = 2});
  cluster.add_pods(2, 2);
  cluster.scheduler.restore(group_key("orders"), {{0, 8}, {1, 2}}, cluster.now);
  cluster.want("orders", 10);
  cluster.settings.capacity = 4;
  cluster.tell_pool();
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  run_cycles(cluster, 10);
  // As many as there is room for: the others stay where they run.
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 6), Pair(1, 4)));
}

TEST(Voluntary, NothingMovesByChoiceWhileHeld) {
  Cluster cluster({.min_replicas = 2});
  cluster.add_pods(2, 2);
  cluster.scheduler.restore(group_key("orders"), {{0, 8}}, cluster.now);
  cluster.want("orders", 8);
  cluster.scheduler.hold_until(cluster.now + 10min);
  EXPECT_THAT(cluster.run_after(5min).steps, IsEmpty());
  EXPECT_FALSE(cluster.run_after(5min).steps.empty());
}

}  // namespace
}  // namespace weir::placement
