#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// Four pods with three of the group each, one a node.
class Recovery : public ::testing::Test {
 protected:
  Recovery() : cluster({.min_replicas = 4}) {
    cluster.add_pods(4, 4);
    cluster.want("orders", 12);
    cluster.run();
  }
  void set_ready(Ordinal number, bool ready) {
    Node node = Cluster::node(number, number);
    node.ready = ready;
    cluster.scheduler.set_node(node, cluster.now);
  }
  void expect_unchanged() {
    EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 3), Pair(1, 3), Pair(2, 3), Pair(3, 3)));
  }
  void expect_moved_off_pod_3(const Decision& decision, MoveCause cause) {
    EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 4), Pair(1, 4), Pair(2, 4)));
    ASSERT_EQ(decision.steps.size(), 3U);
    for (const Step& step : decision.steps) {
      EXPECT_EQ(step.from, 3);
      EXPECT_EQ(step.cause, cause);
    }
  }

  Cluster cluster;
};

TEST_F(Recovery, ATerminatingPodIsLeftAtOnce) {
  cluster.scheduler.set_pod({.ordinal = 3, .node = "node-3", .terminating = true}, cluster.now);
  expect_moved_off_pod_3(cluster.run(), MoveCause::kPodTerminating);
}

TEST_F(Recovery, ADeletedPodIsLeftAtOnce) {
  cluster.scheduler.remove_pod(3, cluster.now);
  expect_moved_off_pod_3(cluster.run(), MoveCause::kPodGone);
}

TEST_F(Recovery, AFailedPodIsLeftAtOnce) {
  cluster.scheduler.set_pod({.ordinal = 3, .node = "node-3", .failed = true}, cluster.now);
  expect_moved_off_pod_3(cluster.run(), MoveCause::kPodFailed);
}

TEST_F(Recovery, OnlyGroupsOnThePodMove) {
  cluster.want("other", 2);
  cluster.run();
  const auto before = cluster.placed("other");
  ASSERT_FALSE(before.contains(3));
  cluster.scheduler.remove_pod(3, cluster.now);
  for (const Step& step : cluster.run().steps)
    EXPECT_EQ(step.group, group_key("orders"));
  EXPECT_EQ(cluster.placed("other"), before);
}

TEST_F(Recovery, ANodeThatIsNotReadyIsLeftAfterItsGrace) {
  set_ready(3, false);
  const Decision decision = cluster.run_after(39s);
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_EQ(decision.next, cluster.now + 1s);
  expect_moved_off_pod_3(cluster.run_after(1s), MoveCause::kNodeNotReady);
}

TEST_F(Recovery, ANodeThatComesBackInTimeIsKept) {
  set_ready(3, false);
  cluster.run_after(39s);
  set_ready(3, true);
  cluster.run_after(10s);
  expect_unchanged();
  // The next time counts anew.
  set_ready(3, false);
  EXPECT_THAT(cluster.run_after(39s).steps, IsEmpty());
}

TEST_F(Recovery, ANodeThatIsGoneIsLikeOneThatIsNotReady) {
  cluster.scheduler.remove_node("node-3", cluster.now);
  EXPECT_THAT(cluster.run_after(39s).steps, IsEmpty());
  expect_moved_off_pod_3(cluster.run_after(1s), MoveCause::kNodeNotReady);
}

TEST_F(Recovery, NothingMovesWhileMostNodesAreNotReady) {
  for (Ordinal node = 0; node < 4; ++node)
    set_ready(node, false);
  EXPECT_TRUE(cluster.run_after(60s).held);
  EXPECT_THAT(cluster.run_after(1h).steps, IsEmpty());
  expect_unchanged();
  // Half of them back: the others have their grace from now on, as they may be on their way.
  set_ready(0, true);
  set_ready(1, true);
  EXPECT_FALSE(cluster.run().held);
  EXPECT_THAT(cluster.run_after(39s).steps, IsEmpty());
  expect_unchanged();
  cluster.run_after(1s);
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 6), Pair(1, 6)));
}

TEST_F(Recovery, NothingMovesBecauseOfNodesJustAfterTheApiServerCameBack) {
  set_ready(3, false);
  cluster.scheduler.hold_until(cluster.now + 5min);
  const Decision decision = cluster.run_after(2min);
  EXPECT_TRUE(decision.held);
  EXPECT_THAT(decision.steps, IsEmpty());
  EXPECT_EQ(decision.next, kNow + 5min);
  expect_moved_off_pod_3(cluster.run_after(3min), MoveCause::kNodeNotReady);
}

TEST_F(Recovery, ACordonedNodeMovesNothingAndGetsNothing) {
  Node node = Cluster::node(3, 3);
  node.cordoned = true;
  cluster.scheduler.set_node(node, cluster.now);
  for (int cycle = 0; cycle < 20; ++cycle)
    EXPECT_THAT(cluster.run_after(30s).steps, IsEmpty());
  expect_unchanged();
  cluster.want("orders", 15);
  cluster.run();
  EXPECT_THAT(cluster.placed("orders"), ElementsAre(Pair(0, 4), Pair(1, 4), Pair(2, 4), Pair(3, 3)));
}

TEST_F(Recovery, ADrainMovesTheShareOfItsNodeAndNothingElse) {
  Node node = Cluster::node(3, 3);
  node.cordoned = true;
  cluster.scheduler.set_node(node, cluster.now);
  cluster.run_after(1s);
  cluster.scheduler.set_pod({.ordinal = 3, .node = "node-3", .terminating = true}, cluster.now);
  expect_moved_off_pod_3(cluster.run(), MoveCause::kPodTerminating);
  // The StatefulSet makes it anew, and it finds no node.
  cluster.scheduler.set_pod({.ordinal = 3}, cluster.now);
  EXPECT_THAT(cluster.run_after(1min).steps, IsEmpty());
}

TEST_F(Recovery, ARollingUpdateChangesNoPlacement) {
  cluster.updating = true;
  cluster.tell_pool();
  for (Ordinal pod = 3; pod >= 0; --pod) {
    cluster.scheduler.set_pod({.ordinal = pod, .node = "node-" + std::to_string(pod), .terminating = true},
                              cluster.now);
    EXPECT_THAT(cluster.run_after(20s).steps, IsEmpty());
    cluster.scheduler.remove_pod(pod, cluster.now);
    EXPECT_THAT(cluster.run_after(1s).steps, IsEmpty());
    cluster.scheduler.set_pod({.ordinal = pod}, cluster.now);
    EXPECT_THAT(cluster.run_after(20s).steps, IsEmpty());
    cluster.scheduler.set_pod(Cluster::pod(pod), cluster.now);
    EXPECT_THAT(cluster.run_after(1s).steps, IsEmpty());
  }
  cluster.updating = false;
  cluster.tell_pool();
  EXPECT_THAT(cluster.run_after(1min).steps, IsEmpty());
  expect_unchanged();
}

TEST_F(Recovery, APodThatDoesNotComeBackFromAnUpdateIsLeftAfterItsGrace) {
  cluster.updating = true;
  cluster.tell_pool();
  cluster.scheduler.remove_pod(3, cluster.now);
  EXPECT_THAT(cluster.run_after(59s).steps, IsEmpty());
  expect_moved_off_pod_3(cluster.run_after(1s), MoveCause::kPodGone);
}

TEST_F(Recovery, TheUpdateMayBeHeardOfAfterThePod) {
  cluster.scheduler.set_pod({.ordinal = 3, .node = "node-3", .terminating = true}, cluster.now);
  cluster.updating = true;
  cluster.tell_pool();
  EXPECT_THAT(cluster.run().steps, IsEmpty());
  expect_unchanged();
}

TEST_F(Recovery, WhatHasNowhereToGoIsPending) {
  Cluster full({.capacity = 3, .min_replicas = 4, .max_replicas = 4});
  full.add_pods(4, 4);
  full.want("orders", 12);
  full.run();
  full.scheduler.remove_pod(3, full.now);
  const Decision decision = full.run();
  EXPECT_EQ(full.outcome("orders").pending, 3);
  EXPECT_EQ(full.outcome("orders").reason, PendingReason::kPoolAtMaximum);
  ASSERT_EQ(decision.steps.size(), 3U);
  EXPECT_EQ(decision.steps[0].to, std::nullopt);
  // It comes back, and gets its share again.
  full.scheduler.set_pod(Cluster::pod(3), full.now);
  full.run();
  EXPECT_EQ(full.placed("orders")[3], 3);
}

TEST_F(Recovery, APlacementOnAPodThatNeverWasIsPlacedAgain) {
  cluster.scheduler.restore(group_key("lost"), {{70, 2}}, cluster.now);
  cluster.want("lost", 2);
  cluster.run();
  EXPECT_THAT(cluster.placed("lost"), ElementsAre(Pair(0, 1), Pair(1, 1)));
}

TEST_F(Recovery, NoSchedulablePodIsTheReasonWhenThereIsNone) {
  for (Ordinal pod = 0; pod < 4; ++pod) {
    Node node = Cluster::node(pod, pod);
    node.cordoned = true;
    cluster.scheduler.set_node(node, cluster.now);
  }
  cluster.want("new", 1);
  cluster.run();
  EXPECT_EQ(cluster.outcome("new").reason, PendingReason::kNoSchedulablePod);
  EXPECT_EQ(cluster.outcome("new").refused.reason, "4 pods, such as 0, which is on node node-0, which is cordoned");
}

}  // namespace
}  // namespace weir::placement
