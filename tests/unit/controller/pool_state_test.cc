#include "controller/pool_state.h"

#include <gmock/gmock.h>

#include "pool_fixture.h"

namespace weir::controller {
namespace {

using base::SteadyTime;
using kube::Json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr SteadyTime kPoolStart{std::chrono::hours(1000)};

// Three pods on nodes of their own, in three zones.
class PoolStateTest : public ::testing::Test {
 protected:
  PoolStateTest() {
    set_pool(3);
    for (int number = 0; number < 3; ++number) {
      state_.set_node(fmt::format("n{}", number),
                      kept(node_json(fmt::format("n{}", number), fmt::format("z{}", number))), kPoolStart);
      set_pod(number, pod_json(number, fmt::format("n{}", number)));
    }
  }

  bool set_pool(int replicas,
                const Json& annotations = {{"weir.dev/allowed-namespaces", "*"}, {"weir.dev/min-replicas", "3"}}) {
    return state_.set_stateful_set(pool_object(replicas, annotations), kPoolStart);
  }
  void set_pod(int ordinal, const Json& pod) {
    state_.set_pod({"weir", fmt::format("dispatcher-{}", ordinal)}, kept(pod), kPoolStart);
  }
  void set_group(const Json& group) { state_.set_group(kube::key_of(group), kept(group), kPoolStart); }
  // As if every write went well.
  void write_all() {
    for (const auto pod : state_.assignments().stale()) {
      auto object = state_.assignments().write_of(pod, false).object;
      object["metadata"]["uid"] = fmt::format("c-{}", pod);
      trim_assignment(object);
      state_.assignments().observe(pod, read_assignment(object));
    }
  }
  std::map<std::string, PlacementReport> reports(const std::map<placement::Ordinal, std::string>& unwritten = {}) {
    std::map<std::string, PlacementReport> by_name;
    for (auto& [key, report] : state_.take_reports(unwritten))
      by_name[key.name] = std::move(report);
    return by_name;
  }
  std::map<std::string, PlacementReport> decide(SteadyTime now = kPoolStart) {
    state_.decide(now);
    write_all();
    return reports();
  }
  static std::vector<int> vreplicas(const PlacementReport& report) {
    std::vector<int> counts;
    for (const auto& place : report.placed.value().places)
      counts.push_back(place.vreplicas);
    return counts;
  }

  PoolState state_{{"weir", "dispatcher"}, placement::default_profile(), {}};
};

TEST_F(PoolStateTest, PlacesWhatStatusHasAccepted) {
  auto group = group_json("shop", "orders", 6);
  group["spec"]["replicas"] = 9;
  set_group(group);
  const auto told = decide();
  ASSERT_TRUE(told.contains("orders"));
  EXPECT_THAT(vreplicas(told.at("orders")), ElementsAre(2, 2, 2));
  EXPECT_EQ(told.at("orders").placed->ready, 6);
  EXPECT_EQ(told.at("orders").placed->places.at(1).pod, "dispatcher-1");
  EXPECT_EQ(told.at("orders").placed->places.at(1).zone, "z1");
  EXPECT_EQ(told.at("orders").scheduled.reason, "Placed");
}

TEST_F(PoolStateTest, WithoutAnAcceptedCountNothingIsPlaced) {
  auto group = group_json("shop", "orders", 6);
  group.erase("status");
  set_group(group);
  const auto told = decide();
  EXPECT_EQ(told.at("orders").scheduled.reason, "Pending");
  EXPECT_FALSE(told.at("orders").placed);
}

TEST_F(PoolStateTest, PlacementsInStatusStandWhereTheyAre) {
  auto group = group_json("shop", "orders", 6);
  group["status"]["placements"] = Json::parse(R"([{"podName": "dispatcher-2", "vreplicas": 5},
                                                  {"podName": "another-0", "vreplicas": 1}])");
  set_group(group);
  const auto told = decide();
  EXPECT_THAT(vreplicas(told.at("orders")), ElementsAre(1, 5));
}

TEST_F(PoolStateTest, AGroupThatIsMadeAnewStartsAnew) {
  set_group(group_json("shop", "orders", 3));
  decide();
  auto again = group_json("shop", "orders", 1);
  again["metadata"]["uid"] = "u-2";
  set_group(again);
  EXPECT_THAT(vreplicas(decide().at("orders")), ElementsAre(1));
}

TEST_F(PoolStateTest, OneThatGoesLeavesTheAssignments) {
  set_group(group_json("shop", "orders", 3));
  decide();
  state_.set_group({"shop", "orders"}, nullptr, kPoolStart);
  state_.decide(kPoolStart);
  EXPECT_THAT(state_.assignments().losing(), ElementsAre(0, 1, 2));
  EXPECT_THAT(reports(), IsEmpty());
}

TEST_F(PoolStateTest, AReportWaitsUntilTheAssignmentIsWritten) {
  set_group(group_json("shop", "orders", 3));
  state_.decide(kPoolStart);
  EXPECT_THAT(reports({{1, ""}}), IsEmpty());
  const auto refused = reports({{1, "forbidden"}});
  EXPECT_EQ(refused.at("orders").scheduled.reason, "AssignmentNotWritten");
  EXPECT_EQ(refused.at("orders").scheduled.message, "forbidden");
  EXPECT_FALSE(refused.at("orders").placed);
  write_all();
  EXPECT_EQ(reports().at("orders").scheduled.reason, "Placed");
}

TEST_F(PoolStateTest, ReadyIsWhatRunsAndWhereWantedWhatIsAcknowledged) {
  set_group(group_json("shop", "orders", 3));
  decide();
  auto pod = pod_json(1, "n1");
  pod["status"]["conditions"] = Json::array();
  set_pod(1, pod);
  EXPECT_EQ(decide().at("orders").placed->ready, 2);
  set_pool(3, {{"weir.dev/allowed-namespaces", "*"}, {"weir.dev/ack", "required"}});
  EXPECT_EQ(decide().at("orders").placed->ready, 0);
  auto acknowledged = pod_json(0, "n0");
  acknowledged["metadata"]["annotations"]["weir.dev/applied-generation"] = "1";
  set_pod(0, acknowledged);
  EXPECT_EQ(decide().at("orders").placed->ready, 1);
}

TEST_F(PoolStateTest, OtherNamespacesNeedPermissionAndLoseWhatTheyHadWithoutIt) {
  set_group(group_json("shop", "orders", 3));
  decide();
  set_pool(3, {{"weir.dev/min-replicas", "3"}});
  const auto told = decide();
  EXPECT_EQ(told.at("orders").scheduled.reason, "NamespaceNotAllowed");
  EXPECT_THAT(told.at("orders").placed->places, IsEmpty());
  EXPECT_THAT(state_.assignments().wanted(0), IsEmpty());
}

TEST_F(PoolStateTest, WrongAnnotationsChangeNothingOnceThereWereGoodOnes) {
  set_group(group_json("shop", "orders", 3));
  decide();
  EXPECT_TRUE(set_pool(3, {{"weir.dev/capacity", "many"}}));
  EXPECT_THAT(state_.problem(), HasSubstr("weir.dev/capacity"));
  EXPECT_FALSE(set_pool(3, {{"weir.dev/capacity", "many"}})) << "that is no news";
  EXPECT_EQ(decide().at("orders").scheduled.reason, "Placed");
}

TEST(PoolStateStart, WithWrongAnnotationsFromTheStartNothingIsDecided) {
  PoolState state({"weir", "dispatcher"}, placement::default_profile(), {});
  state.set_stateful_set(pool_object(3, {{"weir.dev/capacity", "many"}}), kPoolStart);
  auto group = group_json("weir", "orders", 3);
  group["status"]["placements"] = Json::parse(R"([{"podName": "dispatcher-7", "vreplicas": 3}])");
  state.set_group({"weir", "orders"}, kept(group), kPoolStart);
  state.decide(kPoolStart);
  const auto told = state.take_reports({});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].second.scheduled.reason, "InvalidPool");
  EXPECT_FALSE(told[0].second.placed) << "what status holds stands";
  EXPECT_FALSE(state.replicas_to_write());
}

TEST_F(PoolStateTest, ThePoolGrowsWithWhatIsWanted) {
  set_group(group_json("shop", "orders", 90));
  const auto told = decide();
  EXPECT_EQ(state_.replicas_to_write(), 5);
  EXPECT_EQ(told.at("orders").scheduled.reason, "PoolGrowing");
  EXPECT_EQ(told.at("orders").scheduled.status, ConditionStatus::kUnknown);
  EXPECT_THAT(told.at("orders").scheduled.message, HasSubstr("30 of 90 virtual replicas are pending"));
  set_pool(5);
  EXPECT_FALSE(state_.replicas_to_write());
}

Json group_of_cost(const std::string& name, int replicas, int cost) {
  auto group = group_json("shop", name, replicas);
  group["spec"]["vreplicaCost"] = cost;
  return group;
}

TEST_F(PoolStateTest, AGroupTakesOfThePodsWhatItsReplicasCost) {
  set_group(group_of_cost("busy", 3, 15));
  set_group(group_of_cost("idle", 15, 1));
  auto told = decide();
  EXPECT_THAT(vreplicas(told.at("busy")), ElementsAre(1, 1, 1));
  EXPECT_THAT(vreplicas(told.at("idle")), ElementsAre(5, 5, 5));
  EXPECT_FALSE(state_.replicas_to_write());
  const auto view = state_.view();
  EXPECT_EQ(view.pods[0].used, 20);
  EXPECT_EQ(view.pods[0].vreplicas, 6);
  EXPECT_EQ(view.groups[0].cost, 15);
  // What it costs is heard of while it is placed.
  set_group(group_of_cost("busy", 4, 20));
  told = decide();
  EXPECT_EQ(state_.replicas_to_write(), 5);
  EXPECT_THAT(told.at("busy").scheduled.message,
              HasSubstr("1 of 4 virtual replicas are pending: no pod has room for one, which takes 20 of its capacity, "
                        "and more are to come"));
}

TEST_F(PoolStateTest, ACostAboveTheCapacityIsSaidWithBothFiguresAndWhatToDo) {
  set_group(group_of_cost("busy", 2, 21));
  const auto told = decide().at("busy").scheduled;
  EXPECT_EQ(told.reason, "CostAboveCapacity");
  EXPECT_EQ(told.status, ConditionStatus::kFalse);
  EXPECT_EQ(
      told.message,
      "2 of 2 virtual replicas are pending: one takes 21 of a pod's capacity, which is 20: give the pool a larger "
      "weir.dev/capacity, or the group a smaller spec.vreplicaCost");
  EXPECT_FALSE(state_.replicas_to_write());
}

TEST_F(PoolStateTest, APodThatIsTerminatingLosesItsShareButNotInAnUpdate) {
  set_group(group_json("shop", "orders", 3));
  decide();
  auto leaving = pod_json(1, "n1");
  leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  auto updating = pool_json(3, {{"weir.dev/allowed-namespaces", "*"}, {"weir.dev/min-replicas", "3"}});
  updating["status"]["updateRevision"] = "r2";
  trim_stateful_set(updating);
  state_.set_stateful_set(kept(updating), kPoolStart);
  set_pod(1, leaving);
  EXPECT_THAT(vreplicas(decide().at("orders")), ElementsAre(1, 1, 1));
  EXPECT_TRUE(state_.next());
  const auto later = decide(kPoolStart + seconds(61));
  EXPECT_EQ(state_.placed(), 3);
  EXPECT_EQ(later.at("orders").placed->places.size(), 2U);
}

TEST_F(PoolStateTest, NodesWherePodsCannotComeAreNoZonesOfThePool) {
  auto other = node_json("n9", "z9");
  other["spec"]["taints"] = Json::array({Json{{"key", "gpu"}, {"effect", "NoSchedule"}}});
  state_.set_node("n9", kept(other), kPoolStart);
  set_pod(3, pod_json(3, "n0"));
  set_pool(4, {{"weir.dev/allowed-namespaces", "*"}});
  set_group(group_json("shop", "orders", 4));
  for (const int after : {0, 70, 140, 210})
    decide(kPoolStart + seconds(after));
  EXPECT_EQ(state_.view().wanted, 3) << "a pod for each of three zones";
}

// Entries of some 30 KiB.
Json large_group(int number) {
  auto group = group_json("shop", fmt::format("large-{:03}", number), 1);
  for (int topic = 0; topic < 100; ++topic)
    group["spec"]["topics"].push_back(fmt::format("{:0>240}", topic));
  return group;
}

TEST_F(PoolStateTest, AnAssignmentThatGrowsTooLargeMakesItsPodFull) {
  set_pool(3, {{"weir.dev/allowed-namespaces", "*"}, {"weir.dev/capacity", "1000"}, {"weir.dev/max-replicas", "3"}});
  for (int number = 0; number < 140; ++number)
    set_group(large_group(number));
  decide();
  placement::Count placed = 0;
  for (int pod = 0; pod < 3; ++pod) {
    EXPECT_LE(state_.assignments().bytes(pod), kMostBytes) << pod;
    EXPECT_GE(state_.assignments().bytes(pod), kRoomBytes) << pod;
    placed += static_cast<placement::Count>(state_.assignments().wanted(pod).size());
  }
  EXPECT_LT(placed, 140);
  EXPECT_EQ(placed, state_.placed());
  EXPECT_EQ(state_.placed() + state_.pending(), 140);
  for (const auto& pod : state_.view().pods)
    EXPECT_TRUE(pod.full) << pod.name;
}

TEST_F(PoolStateTest, TheViewHasPodsAndGroups) {
  set_group(group_json("shop", "orders", 70));
  decide();
  const auto view = state_.view();
  EXPECT_EQ(view.capacity, 20);
  EXPECT_EQ(view.replicas, 3);
  EXPECT_EQ(view.wanted, 4);
  ASSERT_EQ(view.pods.size(), 3U);
  EXPECT_EQ(view.pods[1].name, "dispatcher-1");
  EXPECT_EQ(view.pods[1].zone, "z1");
  EXPECT_EQ(view.pods[1].state, "Ready");
  EXPECT_EQ(view.pods[1].used, 20);
  EXPECT_EQ(view.pods[1].generation, 1);
  ASSERT_EQ(view.groups.size(), 1U);
  EXPECT_EQ(view.groups[0].pending, 10);
  EXPECT_EQ(view.groups[0].reason, "PoolGrowing");
}

}  // namespace
}  // namespace weir::controller
