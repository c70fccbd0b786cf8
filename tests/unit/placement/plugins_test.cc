#include <gtest/gtest.h>

#include "placement/profile.h"
#include "unit/placement/cluster.h"

// Each plugin's figure on one pool, worked out by hand.
namespace weir::placement {
namespace {

// Capacity 6. zone-0: node-0 with pod 0, node-1 with pod 1. zone-1: node-2 with pods 2 and 3. zone-2: node-3, without
// a pod. The group has 3 on pod 0, 1 on pod 2. Pod 3 is full with another group's.
class Plugins : public ::testing::Test {
 protected:
  Plugins() : tally(pool) {
    pool.set_capacity(6);
    const char* zones[] = {"zone-0", "zone-0", "zone-1", "zone-2"};
    for (int node = 0; node < 4; ++node)
      pool.set_node({.name = "node-" + std::to_string(node), .zone = zones[node]}, kNow);
    const char* nodes[] = {"node-0", "node-1", "node-2", "node-2"};
    for (Ordinal pod = 0; pod < 4; ++pod)
      pool.set_pod({.ordinal = pod, .node = nodes[pod]}, kNow);
    pool.add(0, 3);
    pool.add(2, 1);
    pool.add(3, 6);
    tally.bind({{0, 3}, {2, 1}}, 2);
  }

  Pool pool;
  Tally tally;
};

struct CostRow {
  const char* plugin;
  Ordinal pod;
  std::int64_t cost;
};

TEST_F(Plugins, ScoresCostWhatTheirFormulaSays) {
  const CostRow rows[] = {
      {"ZoneSpread", 0, 3},
      {"ZoneSpread", 1, 3},
      {"ZoneSpread", 2, 1},
      {"NodeSpread", 0, 3},
      {"NodeSpread", 1, 0},
      {"PodSpread", 2, 1},
      {"LowestOrdinalPriority", 2, 2},
      {"StayInPlace", 2, 1},
      // Zones have 3, 1 and 0: |4-1| + |4-0|, and |2-3| + |2-0|.
      {"AvailabilityZonePriority", 0, 7},
      {"AvailabilityZonePriority", 2, 3},
      // Nodes have 3, 0, 1 and 0: |4-0| + |4-1| + |4-0|, |1-3| + |1-1| + |1-0|, |2-3| + |2-0| + |2-0|.
      {"AvailabilityNodePriority", 0, 11},
      {"AvailabilityNodePriority", 1, 3},
      {"AvailabilityNodePriority", 2, 5},
      // Pods have 3, 0, 1; pod 3 is full with none of the group and left out: |4-0| + |4-1|, |1-3| + |1-1|, |2-3| +
      // |2-0|.
      {"EvenPodSpread", 0, 7},
      {"EvenPodSpread", 1, 2},
      {"EvenPodSpread", 2, 3},
  };
  for (const CostRow& row : rows) {
    const auto score = make_score({row.plugin});
    ASSERT_TRUE(score) << row.plugin;
    EXPECT_EQ((*score)->cost(tally, candidate_of(tally, row.pod)), row.cost) << row.plugin << " of pod " << row.pod;
    EXPECT_FALSE((*score)->explain(tally, candidate_of(tally, row.pod)).empty()) << row.plugin;
  }
}

TEST_F(Plugins, RemovalsCostWhatTheirFormulaSays) {
  const CostRow rows[] = {
      {"RemoveWithZoneSpread", 0, -3},
      {"RemoveWithNodeSpread", 2, -1},
      {"RemoveWithPodSpread", 0, -3},
      {"RemoveWithHighestOrdinalPriority", 2, -2},
      // Of those that have some: |2-1| is left where 0 gives one away, |0-3| where 2 does.
      {"RemoveWithEvenPodSpreadPriority", 0, 1},
      {"RemoveWithEvenPodSpreadPriority", 2, 3},
      {"RemoveWithAvailabilityNodePriority", 0, 1},
      {"RemoveWithAvailabilityNodePriority", 2, 3},
      {"RemoveWithAvailabilityZonePriority", 0, 1},
      {"RemoveWithAvailabilityZonePriority", 2, 3},
  };
  for (const CostRow& row : rows) {
    const auto removal = make_removal({row.plugin});
    ASSERT_TRUE(removal) << row.plugin;
    EXPECT_EQ((*removal)->cost(tally, candidate_of(tally, row.pod)), row.cost) << row.plugin << " of pod " << row.pod;
  }
}

struct FilterRow {
  const char* sentence;
  PluginSpec spec;
  Ordinal pod;
  bool admits;
};

TEST_F(Plugins, FiltersAdmitByTheirFormula) {
  const FilterRow rows[] = {
      {"a pod with room", {"PodFitsResources"}, 0, true},
      {"a full pod", {"PodFitsResources"}, 3, false},
      {"a pod that holds some, at as many pods as partitions", {"NoMaxResourceCount"}, 2, true},
      {"a pod more than partitions", {"NoMaxResourceCount"}, 1, false},
      {"a pod within NumPartitions", {"NoMaxResourceCount", 1, {{"NumPartitions", 3}}}, 1, true},
      {"a zone further above the least", {"ZoneSpread", 1, {{"MaxSkew", 2}}}, 0, false},
      {"a zone within MaxSkew", {"ZoneSpread", 1, {{"MaxSkew", 3}}}, 0, true},
      {"the zone with least that has room", {"ZoneSpread"}, 2, true},
      {"a node further above the least", {"NodeSpread", 1, {{"MaxSkew", 3}}}, 0, false},
      {"a node with none", {"NodeSpread"}, 1, true},
      {"a pod further above the least", {"PodSpread"}, 2, false},
      {"a pod within MaxSkew", {"PodSpread", 1, {{"MaxSkew", 2}}}, 2, true},
      {"no two pods too far apart", {"EvenPodSpread", 1, {{"MaxSkew", 2}}}, 1, true},
      {"too far above a pod with none", {"EvenPodSpread", 1, {{"MaxSkew", 2}}}, 0, false},
      {"too far below another pod, as Knative has it", {"EvenPodSpread", 1, {{"MaxSkew", 1}}}, 1, false},
  };
  for (const FilterRow& row : rows) {
    const auto filter = make_filter(row.spec);
    ASSERT_TRUE(filter) << row.sentence;
    const Candidate candidate = candidate_of(tally, row.pod);
    EXPECT_EQ((*filter)->admits(tally, candidate), row.admits) << row.sentence;
    if (row.admits) continue;
    EXPECT_FALSE((*filter)->reason(tally, candidate).empty()) << row.sentence;
  }
}

TEST_F(Plugins, UnknownPartitionsCapNothing) {
  tally.bind({{0, 3}, {2, 1}}, std::nullopt);
  EXPECT_TRUE(make_filter({"NoMaxResourceCount"}).value()->admits(tally, candidate_of(tally, 1)));
}

// Pod 0 has 3 left of 6, pod 1 has 6, pod 2 has 5, pod 3 none.
TEST_F(Plugins, APodWithLessRoomThanOneTakesIsAsGoodAsFull) {
  pool.add_cost(4);
  tally.bind({{0, 1}, {2, 1}}, std::nullopt, 4);
  EXPECT_EQ(tally.open().pods(), 2);
  EXPECT_EQ(tally.open().places(), 2);
  const auto fits = make_filter({"PodFitsResources"}).value();
  for (const auto& [pod, admits] : std::map<Ordinal, bool>{{0, false}, {1, true}, {2, true}, {3, false}})
    EXPECT_EQ(fits->admits(tally, candidate_of(tally, pod)), admits) << pod;
  EXPECT_EQ(fits->reason(tally, candidate_of(tally, 0)), "has 3 of its capacity 6 left, and one more takes 4");
  EXPECT_EQ(fits->reason(tally, candidate_of(tally, 3)), "is full, capacity 6");
  // Pod 3 has none and no room: it holds nobody to its 0. Pod 0 has one, and counts without room.
  EXPECT_EQ(make_score({"EvenPodSpread"}).value()->cost(tally, candidate_of(tally, 2)), (2 - 1) + (2 - 0));
  EXPECT_TRUE(make_filter({"PodSpread"}).value()->admits(tally, candidate_of(tally, 1)));
  EXPECT_FALSE(make_filter({"PodSpread"}).value()->admits(tally, candidate_of(tally, 2)));
}

}  // namespace
}  // namespace weir::placement
