#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

// What Knative's scheduler is known for, each shown to be absent here.
namespace weir::placement {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// There: a new leader forgets what is reserved, and places anew, {2: 2} becoming {0: 1, 1: 1}.
TEST(KnativeBugs, ARestartMovesNothing) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3, 1);
  cluster.scheduler.restore(group_key("orders"), {{2, 2}}, cluster.now);
  cluster.want("orders", 2);
  for (int run = 0; run < 10; ++run)
    EXPECT_THAT(cluster.run_after(30s).steps, IsEmpty());
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(2, 2)));
}

// There: capacity that others hold is invisible until they have been scheduled again, so pods are committed twice.
TEST(KnativeBugs, ARestartSeesTheCapacityThatOthersHold) {
  Cluster cluster({.capacity = 2, .min_replicas = 2, .max_replicas = 2});
  cluster.add_pods(2);
  cluster.want("new", 4);
  cluster.scheduler.restore(group_key("old"), {{0, 2}}, cluster.now);
  cluster.want("old", 2);
  cluster.run();
  EXPECT_THAT(cluster.placed("old"), ElementsAre(Pair(0, 2)));
  EXPECT_THAT(cluster.placed("new"), ElementsAre(Pair(1, 2)));
  EXPECT_EQ(cluster.outcome("new").pending, 2);
}

// There: replicas 0 with minReplicas 3 gives three placements.
TEST(KnativeBugs, TheMinimumOfThePoolDoesNotDefeatScaleToZero) {
  Cluster cluster({.min_replicas = 3});
  cluster.add_pods(3);
  cluster.want("orders", 0);
  cluster.want("idle", 3);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), IsEmpty());
  cluster.want("idle", 0);
  const Decision decision = cluster.run();
  EXPECT_THAT(cluster.placed("idle"), IsEmpty());
  EXPECT_EQ(cluster.outcome("idle").pending, 0);
  EXPECT_EQ(decision.pool_replicas, 3);
}

// There: four pods, pod-0 unschedulable, the StatefulSet still seen with 2: two end up on the unschedulable pod.
TEST(KnativeBugs, AStaleStatefulSetPlacesNothingOnAnUnschedulablePod) {
  Cluster cluster({.capacity = 10, .max_replicas = 4});
  cluster.add_pods(4);
  cluster.scheduler.set_pod({.ordinal = 0, .node = "node-0", .unschedulable = true}, cluster.now);
  cluster.replicas = 2;
  cluster.tell_pool();
  cluster.want("orders", 3);
  cluster.run();
  EXPECT_FALSE(cluster.placed("orders").contains(0));
  EXPECT_EQ(total(*cluster.scheduler.placements(group_key("orders"))), 3);
}

// There: a pod that gets nothing counts in ceil(sum / capacity) all the same, and scheduling is stuck for ever.
TEST(KnativeBugs, CapacityOfUnschedulablePodsIsMadeUpFor) {
  Cluster cluster({.capacity = 20});
  cluster.add_pods(3);
  cluster.scheduler.set_node({.name = "node-1", .zone = "zone-1", .cordoned = true}, cluster.now);
  cluster.want("orders", 60);
  EXPECT_EQ(cluster.run().pool_replicas, 4);
  EXPECT_EQ(cluster.outcome("orders").reason, PendingReason::kPoolGrowing);
  cluster.add_pods(1);
  cluster.scheduler.set_node(Cluster::node(3, 0), cluster.now);
  cluster.scheduler.set_pod(Cluster::pod(3), cluster.now);
  cluster.run();
  EXPECT_EQ(cluster.outcome("orders").pending, 0);
}

TEST(KnativeBugs, APodThatFindsNoNodeIsMadeUpForOnceItHadItsTime) {
  Cluster cluster({.capacity = 20});
  cluster.add_pods(2);
  cluster.scheduler.set_pod({.ordinal = 0}, cluster.now);
  cluster.want("orders", 40);
  EXPECT_EQ(cluster.run().pool_replicas, 2);
  const Decision later = cluster.run_after(2min);
  EXPECT_EQ(later.pool_replicas, 3);
  // The pod made up with finds none either: the cluster is full, and more pods would change nothing.
  cluster.replicas = 3;
  cluster.tell_pool();
  cluster.scheduler.set_pod({.ordinal = 2}, cluster.now);
  EXPECT_EQ(cluster.run_after(10min).pool_replicas, 3);
}

// There: each consumer counts as one, that of a busy topic as that of an idle one.
TEST(KnativeBugs, AVirtualReplicaOfABusyGroupTakesMoreOfAPodThanThatOfAnIdleOne) {
  Cluster cluster({.capacity = 20});
  cluster.tell_pool();
  cluster.want_of_cost("busy", 4, 10);
  cluster.want("idle", 10);
  // As many as fit on one pod by their number.
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  cluster.add_pods(3, 1);
  EXPECT_EQ(cluster.run().pool_replicas, 3);
  EXPECT_EQ(cluster.outcome("busy").pending + cluster.outcome("idle").pending, 0);
  auto busy = cluster.placed("busy"), idle = cluster.placed("idle");
  for (Ordinal pod = 0; pod < 3; ++pod)
    EXPECT_LE(busy[pod] * 10 + idle[pod], 20) << pod;
  // Where it is idle as well, one pod does.
  cluster.want_of_cost("busy", 4, 1);
  for (int cycle = 0; cycle < 10; ++cycle)
    cluster.run_after(30s);
  EXPECT_EQ(cluster.run().pool_replicas, 1);
}

// There: pods go before their consumers have moved.
TEST(KnativeBugs, PodsAreEmptiedBeforeThePoolShrinks) {
  Cluster cluster({.capacity = 10});
  cluster.add_pods(3, 1);
  cluster.want("a", 20);
  cluster.want("b", 9);
  cluster.run();
  cluster.want("a", 1);
  bool emptied = false;
  for (int step = 0; step < 20; ++step) {
    const Decision decision = cluster.run_after(30s);
    const Count keep = decision.pool_replicas;
    for (Ordinal ordinal = keep; ordinal < 3; ++ordinal)
      EXPECT_EQ(cluster.scheduler.pool().pod(ordinal)->used, 0) << "pod " << ordinal << " of " << keep;
    emptied = emptied || keep == 1;
    EXPECT_EQ(total(*cluster.scheduler.placements(group_key("b"))), 9);
  }
  EXPECT_TRUE(emptied);
}

// There: one zone may get all, as spreading is left to the pods' own constraints.
TEST(KnativeBugs, ZonesAndNodesAreSpreadOver) {
  Cluster cluster({.min_replicas = 9});
  cluster.add_pods(9, 3);
  cluster.want("orders", 9);
  cluster.run();
  for (Ordinal pod = 0; pod < 9; ++pod)
    EXPECT_EQ(cluster.placed("orders")[pod], 1) << pod;
}

// There, today: a group comes to more pods than it has partitions, and those beyond have nothing to read.
TEST(KnativeBugs, PodsOfAGroupAreAsManyAsItsPartitionsAtMost) {
  Cluster cluster({.min_replicas = 9});
  cluster.add_pods(9, 3);
  cluster.want("orders", 9, 4);
  cluster.run();
  EXPECT_EQ(cluster.placed("orders").size(), 4U);
  EXPECT_EQ(cluster.outcome("orders").pending, 0);
}

// There, with plugins: one more replica places all of them anew.
TEST(KnativeBugs, OneMoreReplicaMovesNoOther) {
  Cluster cluster({.min_replicas = 4});
  cluster.add_pods(4);
  cluster.scheduler.restore(group_key("orders"), {{3, 4}}, cluster.now);
  cluster.want("orders", 5);
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(1, 1), Pair(3, 4)));
}

// There: placements in status and reservations drift apart, and pods are committed twice.
TEST(KnativeBugs, GroupsThatComeAtOnceShareWhatThereIs) {
  Cluster cluster({.capacity = 3, .max_replicas = 2});
  cluster.add_pods(2);
  for (int group = 0; group < 12; ++group)
    cluster.want("g" + std::to_string(group), 1);
  cluster.run();
  EXPECT_EQ(cluster.scheduler.pool().pod(0)->used, 3);
  EXPECT_EQ(cluster.scheduler.pool().pod(1)->used, 3);
}

// There: reservations of groups that are gone stay, and new ones find no room.
TEST(KnativeBugs, HoursOfCreatingAndDeletingLeaveNothingBehind) {
  Cluster cluster({.capacity = 5, .max_replicas = 1});
  cluster.add_pods(1);
  for (int hour = 0; hour < 200; ++hour) {
    const std::string name = "g" + std::to_string(hour);
    cluster.want(name, 5);
    cluster.run();
    EXPECT_THAT(cluster.placed(name), ElementsAre(Pair(0, 5)));
    cluster.scheduler.remove_group(group_key(name));
  }
  EXPECT_EQ(cluster.scheduler.pool().pod(0)->used, 0);
}

// There: a score fails when a zone has no pod, and nothing is placed at all.
TEST(KnativeBugs, AZoneWithoutPodsIsNoError) {
  for (const std::string& profile : built_in_profiles()) {
    Cluster cluster({.min_replicas = 2}, {}, make_profile(*built_in_profile(profile)).value());
    cluster.add_pods(2, 2);
    cluster.scheduler.set_node({.name = "lonely", .zone = "zone-9"}, cluster.now);
    cluster.want("orders", 4);
    cluster.run();
    EXPECT_EQ(cluster.outcome("orders").pending, 0) << profile;
  }
}

// There: a pod whose name ends in no number ends the process.
TEST(KnativeBugs, APodOfAnotherNameIsNoOrdinalAndNoEndOfTheProcess) {
  for (const char* name : {"dispatcher", "dispatcher-", "dispatcher-x", "dispatcher-1x", "dispatcher--1",
                           "dispatcher-99999999999999999999", "other-1", ""})
    EXPECT_FALSE(parse_pod_name("dispatcher", name).has_value()) << name;
  EXPECT_EQ(parse_pod_name("dispatcher", "dispatcher-7"), 7);
}

// Counts how often a pod was judged.
class CountingScore final : public Score {
 public:
  std::string_view name() const override { return "Counting"; }
  std::int64_t cost(const Tally&, const Candidate& candidate) const override {
    ++looks;
    return candidate.on_pod;
  }
  std::string explain(const Tally&, const Candidate&) const override { return {}; }

  mutable int looks = 0;
};

// There: every reconcile of one group looks at all groups and all pods.
TEST(KnativeBugs, OneGroupsChangeTakesNoMoreLooksWhereThereAreManyOthers) {
  const auto looks_beside = [](int others) {
    const auto counting = std::make_shared<CountingScore>();
    Profile profile = default_profile();
    profile.scores = {{{.weight = 1, .score = counting}}};
    profile.stay_level.reset();
    Cluster cluster({.capacity = 200, .min_replicas = 60, .max_replicas = 60}, {}, profile);
    cluster.add_pods(60);
    for (int other = 0; other < others; ++other)
      cluster.want("other-" + std::to_string(other), 20);
    cluster.want("orders", 5);
    cluster.run();
    counting->looks = 0;
    cluster.want("orders", 6);
    EXPECT_EQ(cluster.run().groups.size(), 1U);
    return counting->looks;
  };
  // Of 60 pods, at those with some of the group and at one a zone.
  for (const int others : {0, 1, 500})
    EXPECT_LE(looks_beside(others), 5 + 3) << "beside " << others;
}

// There: unsigned sums wrap, and with a high ordinal the removal takes from the lowest pods.
TEST(KnativeBugs, HighOrdinalsAreRemovedFirst) {
  Cluster cluster({.min_replicas = 12}, {}, make_profile(*built_in_profile("knative-1.9")).value());
  cluster.add_pods(12, 1);
  cluster.scheduler.restore(group_key("orders"), {{9, 1}, {10, 1}, {11, 1}}, cluster.now);
  cluster.want("orders", 2);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(9, 1), Pair(10, 1)));
}

// There: ties are broken at random, and the order of a map decides.
TEST(KnativeBugs, TheSameInputGivesTheSamePlacements) {
  for (const std::string& profile : built_in_profiles()) {
    std::map<Ordinal, Count> first;
    for (int attempt = 0; attempt < 5; ++attempt) {
      Cluster cluster({.min_replicas = 7}, {}, make_profile(*built_in_profile(profile)).value());
      cluster.add_pods(7);
      cluster.want("orders", 5);
      cluster.run();
      if (attempt == 0) first = cluster.placed("orders");
      EXPECT_EQ(cluster.placed("orders"), first) << profile;
    }
  }
}

}  // namespace
}  // namespace weir::placement
