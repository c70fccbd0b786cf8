#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(Scheduler, SpreadsTwelveOverFourPodsThreeEach) {
  Cluster cluster;
  // Four pods in three zones and six nodes.
  for (Ordinal number = 0; number < 6; ++number)
    cluster.scheduler.set_node(Cluster::node(number, number % 3), cluster.now);
  for (Ordinal ordinal = 0; ordinal < 4; ++ordinal)
    cluster.scheduler.set_pod(Cluster::pod(ordinal), cluster.now);
  cluster.settings.min_replicas = 4;
  cluster.replicas = 4;
  cluster.tell_pool();
  cluster.want("orders", 12, 12);
  cluster.run();
  // zone-0 has pods 0 and 3, the others one each: four in each zone is within 1, as three a pod would not be.
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 2), Pair(1, 4), Pair(2, 4), Pair(3, 2)));
  EXPECT_EQ(cluster.outcome("orders").pending, 0);
}

TEST(Scheduler, SpreadsOverZonesThenNodesThenPods) {
  Cluster cluster({.capacity = 20, .min_replicas = 6});
  // zone-0: node-0 with pods 0 and 1, node-1 with pod 2; zone-1: node-2 with pods 3, 4 and 5.
  cluster.scheduler.set_node({.name = "node-0", .zone = "a"}, cluster.now);
  cluster.scheduler.set_node({.name = "node-1", .zone = "a"}, cluster.now);
  cluster.scheduler.set_node({.name = "node-2", .zone = "b"}, cluster.now);
  const char* nodes[] = {"node-0", "node-0", "node-1", "node-2", "node-2", "node-2"};
  for (Ordinal ordinal = 0; ordinal < 6; ++ordinal)
    cluster.scheduler.set_pod({.ordinal = ordinal, .node = nodes[ordinal]}, cluster.now);
  cluster.replicas = 6;
  cluster.tell_pool();
  cluster.want("orders", 12);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"),
              ElementsAre(Pair(0, 2), Pair(1, 1), Pair(2, 3), Pair(3, 2), Pair(4, 2), Pair(5, 2)));
}

TEST(Scheduler, SpreadsThousandsOfOneGroupAsEvenlyAsFew) {
  Cluster cluster({.capacity = 50, .min_replicas = 60, .max_replicas = 60});
  cluster.add_pods(60);
  for (const Count wanted : {2000, 3000, 500, 1999, 0}) {
    cluster.want("orders", wanted);
    cluster.run();
    EXPECT_EQ(cluster.outcome("orders").pending, 0);
    EXPECT_EQ(total(*cluster.scheduler.placements(group_key("orders"))), wanted);
    for (const auto& [pod, vreplicas] : cluster.placed("orders")) {
      EXPECT_GE(vreplicas, wanted / 60) << "pod " << pod << " of " << wanted;
      EXPECT_LE(vreplicas, (wanted + 59) / 60) << "pod " << pod << " of " << wanted;
    }
  }
}

TEST(Scheduler, CapsPodsAtPartitions) {
  Cluster cluster({.min_replicas = 6});
  cluster.add_pods(6);
  cluster.want("orders", 5, 2);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 3), Pair(1, 2)));
}

TEST(Scheduler, DecidesOnlyTheDifference) {
  Cluster cluster({.min_replicas = 4});
  cluster.add_pods(4);
  // Not as it would place them itself; they stand all the same.
  cluster.scheduler.restore(group_key("orders"), {{0, 5}, {2, 1}}, cluster.now);
  cluster.want("orders", 8);
  const Decision decision = cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 5), Pair(1, 2), Pair(2, 1)));
  EXPECT_THAT(decision.steps, IsEmpty());
}

TEST(Scheduler, TakesFromWhereThereIsMost) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3);
  cluster.scheduler.restore(group_key("orders"), {{0, 4}, {1, 2}, {2, 2}}, cluster.now);
  cluster.want("orders", 5);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 2), Pair(1, 2), Pair(2, 1)));
}

TEST(Scheduler, TakesFromPodsThatGetNothingNewFirst) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3);
  cluster.scheduler.restore(group_key("orders"), {{0, 1}, {1, 3}, {2, 3}}, cluster.now);
  cluster.scheduler.set_node({.name = "node-0", .zone = "zone-0", .cordoned = true}, cluster.now);
  cluster.want("orders", 6);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(1, 3), Pair(2, 3)));
}

TEST(Scheduler, GroupsOfANamespaceStopAtItsQuota) {
  Cluster cluster({.min_replicas = 2, .max_vreplicas_per_namespace = 5});
  cluster.add_pods(2);
  cluster.want("shop/a", 4);
  cluster.want("shop/b", 4);
  cluster.want("billing/c", 4);
  cluster.run();
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("shop/a"))), 3);
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("shop/b"))), 2);
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("billing/c"))), 4);
  EXPECT_EQ(cluster.outcome("shop/a").reason, PendingReason::kNamespaceQuota);
  EXPECT_EQ(cluster.outcome("shop/b").pending, 2);
  EXPECT_EQ(cluster.outcome("billing/c").reason, std::nullopt);
}

TEST(Scheduler, ANamespaceWithManyGroupsLeavesRoomForAnother) {
  Cluster cluster({.capacity = 10, .max_replicas = 1});
  cluster.add_pods(1);
  for (int i = 0; i < 9; ++i)
    cluster.want("many/" + std::to_string(i), 5);
  cluster.want("one/x", 5);
  cluster.run();
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("one/x"))), 5);
  EXPECT_EQ(cluster.outcome("many/8").reason, PendingReason::kPoolAtMaximum);
  EXPECT_EQ(cluster.outcome("many/8").pending, 5);
}

TEST(Scheduler, APodAboveItsCapacityTakesNothingFromTheRoomOfOthers) {
  Cluster cluster({.capacity = 3, .max_replicas = 2});
  cluster.add_pods(2);
  cluster.scheduler.restore(group_key("old"), {{0, 6}}, cluster.now);
  cluster.want("old", 6);
  cluster.want("new", 3);
  cluster.run();
  EXPECT_THAT(cluster.placed("new"), ElementsAre(Pair(1, 3)));
}

TEST(Scheduler, ReportsOnlyGroupsThatDiffer) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3);
  cluster.want("a", 3);
  cluster.want("b", 3);
  EXPECT_EQ(cluster.run().groups.size(), 2U);
  EXPECT_THAT(cluster.run().groups, IsEmpty());
  cluster.want("b", 4);
  const Decision decision = cluster.run();
  ASSERT_EQ(decision.groups.size(), 1U);
  EXPECT_EQ(decision.groups[0].key, group_key("b"));
}

TEST(Scheduler, ARemovedGroupMakesRoom) {
  Cluster cluster({.capacity = 4, .max_replicas = 1});
  cluster.add_pods(1);
  cluster.want("a", 4);
  cluster.run();
  cluster.want("b", 3);
  cluster.run();
  EXPECT_EQ(cluster.outcome("b").pending, 3);
  cluster.scheduler.remove_group(group_key("a"));
  cluster.run();
  EXPECT_THAT(cluster.placed("b"), ElementsAre(Pair(0, 3)));
  EXPECT_EQ(cluster.scheduler.placements(group_key("a")), nullptr);
}

TEST(Scheduler, SaysWhichPluginRefusesAndWhy) {
  ProfileSpec spec = *built_in_profile("default");
  spec.filters.push_back({.name = "NoMaxResourceCount", .weight = 1, .args = {{"NumPartitions", 1}}});
  Cluster cluster({.capacity = 2, .min_replicas = 3, .max_replicas = 3}, {}, make_profile(spec).value());
  cluster.add_pods(3);
  cluster.want("orders", 4);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 2)));
  EXPECT_EQ(cluster.outcome("orders").reason, PendingReason::kRefused);
  EXPECT_EQ(cluster.outcome("orders").refused.plugin, "NoMaxResourceCount");
  EXPECT_EQ(cluster.outcome("orders").refused.reason,
            "NoMaxResourceCount: 2 pods, such as 1, which would be one pod more than the 1 of NumPartitions; "
            "PodFitsResources: pod 0 is full, capacity 2");
}

TEST(Scheduler, NamesTheDecidingPluginWhenTracing) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3);
  cluster.scheduler.set_trace(true);
  cluster.want("orders", 2);
  const Decision decision = cluster.run();
  ASSERT_EQ(decision.steps.size(), 2U);
  EXPECT_EQ(decision.steps[0].verdict.plugin, "LowestOrdinalPriority");
  EXPECT_EQ(decision.steps[1].verdict.plugin, "LowestOrdinalPriority");
  cluster.want("orders", 3);
  const Decision third = cluster.run();
  ASSERT_EQ(third.steps.size(), 1U);
  EXPECT_EQ(third.steps[0].to, 2);
  EXPECT_EQ(third.steps[0].verdict.plugin, "ZoneSpread");
  EXPECT_EQ(third.steps[0].verdict.reason, "zone zone-2 has 0, zone zone-0 has 1");
}

}  // namespace
}  // namespace weir::placement
