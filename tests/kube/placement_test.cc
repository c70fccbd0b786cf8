#include <gmock/gmock.h>

#include "placement_fixture.h"

// Where virtual replicas go, and what moves them.
namespace weir {
namespace {

using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::int64_t> counts(const std::map<std::string, std::int64_t>& by) {
  std::vector<std::int64_t> counts;
  for (const auto& [name, count] : by)
    counts.push_back(count);
  std::ranges::sort(counts);
  return counts;
}

class SpreadTest : public PlacementTest {
 protected:
  // Twelve virtual replicas over four pods in three zones and six nodes.
  void place_twelve(const std::string& patience, const std::string& profile = "default",
                    const std::string& lease = "3s") {
    make_nodes(6, 3);
    make_pool(4, {{"min-replicas", "4"}});
    controller_ = start_controller(patience, profile, lease);
    make_group(12);
    ASSERT_TRUE(is_placed(12)) << group().dump(2) << controller_->log();
  }

  // Whether all but `pod` have at least what they had, and `pod` nothing.
  static bool only_left(const std::string& pod, const Placed& before, const Placed& now) {
    return !now.contains(pod) && total(now) == total(before) && std::ranges::all_of(before, [&](const auto& held) {
      return held.first == pod || (now.contains(held.first) && now.at(held.first) >= held.second);
    });
  }
  bool left(const std::string& pod, const Placed& before, seconds most = seconds(30)) {
    return eventually([&] { return only_left(pod, before, placed()); }, most);
  }
  void set_ready(int node, bool ready) {
    const Json condition{{"type", "Ready"}, {"status", ready ? "True" : "False"}, {"reason", "Test"}};
    const auto patched = admin_.merge_patch(controller::node_resource(), {"", node_name(node)},
                                            {{"status", {{"conditions", Json::array({condition})}}}}, "status");
    ASSERT_TRUE(patched) << patched.error().message;
  }
  int node_number_of(const std::string& pod) { return node_of(pod).back() - '0'; }

  // A node is not ready as the API server goes away, and ready again when it comes back, after the node's grace;
  // another one is not ready then, for less than its grace.
  void expect_no_move_through_an_outage(const std::string& lease) {
    place_twelve("{nodeGrace: 10s, cycle: 1h}", "default", lease);
    const auto before = placed();
    PlacementHistory history(admin_, {ns_, "orders"});
    const int first = node_number_of("dispatcher-3"), second = node_number_of("dispatcher-1");
    cluster_->process("pause", "kwok");
    set_ready(first, false);
    // Until the controller has seen it.
    std::this_thread::sleep_for(seconds(1));
    cluster_->process("kill", "apiserver");
    std::this_thread::sleep_for(seconds(12));
    cluster_->process("restart", "apiserver");
    set_ready(first, true);
    set_ready(second, false);
    std::this_thread::sleep_for(seconds(5));
    set_ready(second, true);
    // They may take a minute until they look for the API server again.
    for (const char* name : {"controller-manager", "scheduler", "kwok"})
      cluster_->process("restart", name);
    scale(13);
    ASSERT_TRUE(is_placed(13)) << "and it goes on afterwards: " << controller_->log();
    EXPECT_TRUE(eventually([&] { return history.all().size() > 1; }));
    const auto all = history.all();
    ASSERT_EQ(all.size(), 2U) << "the thirteenth alone: " << controller_->log();
    EXPECT_EQ(all.front(), before);
    auto after = all.back();
    for (const auto& [pod, vreplicas] : before)
      EXPECT_GE(after[pod], vreplicas) << pod;
    EXPECT_TRUE(eventually([&] { return assigned() == placed(); }));
  }
};

// Three on each pod, and zones within one of each other, cannot both be: of four pods in three zones two share one. The
// default profile looks at zones first.
TEST_F(SpreadTest, TwelveOverFourPodsInThreeZonesAreFourAZone) {
  place_twelve(kNoChoice);
  const auto now = placed();
  EXPECT_THAT(counts(by_zone(now)), ElementsAre(4, 4, 4));
  EXPECT_THAT(counts(now), ElementsAre(2, 2, 4, 4));
  EXPECT_EQ(kube::int_at(group(), "/status/replicas"), 12);
  EXPECT_EQ(kube::text_at(scheduled(), "/reason"), "Placed");
  EXPECT_TRUE(eventually([&] { return kube::int_at(group(), "/status/readyReplicas") == 12; }));
  EXPECT_EQ(assigned(), now);
  for (const Json& place : kube::at(group(), "/status/placements"))
    EXPECT_EQ(kube::text_at(place, "/zone"), zone_of(kube::text_at(place, "/podName")));
}

TEST_F(SpreadTest, TwelveOverFourPodsAreThreeAPodWherePodsAloneCount) {
  place_twelve(kNoChoice, "knative-1.17");
  EXPECT_THAT(counts(placed()), ElementsAre(3, 3, 3, 3));
}

TEST_F(SpreadTest, ADrainedNodeLosesItsShareAndNothingElseMoves) {
  place_twelve(kNoChoice);
  const auto before = placed();
  PlacementHistory history(admin_, {ns_, "orders"});
  cluster_->kubectl("drain " + node_of("dispatcher-1") + " --ignore-daemonsets --delete-emptydir-data --force");
  ASSERT_TRUE(left("dispatcher-1", before)) << group().dump(2) << controller_->log();
  EXPECT_TRUE(eventually([&] { return assigned() == placed(); }));
  ASSERT_TRUE(ready_pods(4));
  const auto after = placed();
  scale(13);
  ASSERT_TRUE(is_placed(13));
  for (const auto& [pod, vreplicas] : after)
    EXPECT_GE(placed()[pod], vreplicas) << "what stands, stands";
}

TEST_F(SpreadTest, APodThatIsDeletedIsPlacedAgainWithinSecondsOfItsDeletionTimestamp) {
  place_twelve(kNoChoice);
  const auto before = placed();
  const auto deleted = steady_clock::now();
  cluster_->kubectl("-n " + ns_ + " delete pod dispatcher-2 --wait=false");
  ASSERT_TRUE(left("dispatcher-2", before)) << group().dump(2);
  EXPECT_LT(steady_clock::now() - deleted, seconds(5));
  EXPECT_TRUE(eventually([&] { return assigned() == placed(); }));
}

TEST_F(SpreadTest, ACordonedNodeMovesNothingAndGetsNothingNew) {
  place_twelve(kQuick);
  const auto before = placed();
  const auto cordoned = node_of("dispatcher-0");
  cluster_->kubectl("cordon " + cordoned);
  // Time for moves by choice, were there any.
  std::this_thread::sleep_for(seconds(5));
  EXPECT_EQ(placed(), before);
  scale(16);
  ASSERT_TRUE(is_placed(16));
  EXPECT_EQ(placed().at("dispatcher-0"), before.at("dispatcher-0"));
  for (const auto& [pod, vreplicas] : before)
    EXPECT_GE(placed().at(pod), vreplicas);
}

TEST_F(SpreadTest, ANodeThatIsNotReadyForItsGraceLosesItsShare) {
  place_twelve(kNoChoice);
  const auto before = placed();
  const auto node = node_of("dispatcher-3");
  cluster_->process("pause", "kwok");
  const auto since = steady_clock::now();
  set_ready(node.back() - '0', false);
  EXPECT_TRUE(left("dispatcher-3", before)) << controller_->log();
  EXPECT_GE(steady_clock::now() - since, seconds(3)) << "a grace of 4 s";
  cluster_->process("resume", "kwok");
}

TEST_F(SpreadTest, EveryNodeNotReadyForAMinuteMovesNothing) {
  place_twelve("{}");
  const auto before = placed();
  PlacementHistory history(admin_, {ns_, "orders"});
  cluster_->process("pause", "kwok");
  for (int node = 0; node < 6; ++node)
    set_ready(node, false);
  std::this_thread::sleep_for(seconds(60));
  cluster_->process("resume", "kwok");
  for (int node = 0; node < 6; ++node)
    set_ready(node, true);
  scale(13);
  ASSERT_TRUE(is_placed(13)) << "and it goes on afterwards: " << controller_->log();
  EXPECT_TRUE(eventually([&] { return history.all().size() > 1; }));
  const auto all = history.all();
  ASSERT_EQ(all.size(), 2U) << "the thirteenth alone";
  EXPECT_EQ(all.front(), before);
  EXPECT_EQ(kube::int_at(group(), "/status/replicas"), 13);
}

TEST_F(SpreadTest, AShortAbsenceOfTheApiServerMovesNothing) {
  expect_no_move_through_an_outage("60s");
}

TEST_F(SpreadTest, NorDoesOneInWhichTheControllerLosesItsLease) {
  expect_no_move_through_an_outage("3s");
}

TEST_F(SpreadTest, ARollingUpdateOfThePoolChangesNoPlacement) {
  place_twelve(kQuick);
  const auto before = placed();
  PlacementHistory history(admin_, {ns_, "orders"});
  cluster_->kubectl("-n " + ns_ + " rollout restart statefulset dispatcher");
  cluster_->kubectl("-n " + ns_ + " rollout status statefulset dispatcher --timeout=120s");
  ASSERT_TRUE(ready_pods(4));
  EXPECT_THAT(history.all(), ElementsAre(before)) << controller_->log();
  EXPECT_TRUE(eventually([&] { return kube::int_at(group(), "/status/readyReplicas") == 12; }));
}

TEST_F(SpreadTest, ANewZoneGetsItsShareFromOnePodAtATime) {
  make_nodes(4, 2);
  make_pool(2);
  controller_ = start_controller(kQuick);
  make_group(12);
  ASSERT_TRUE(is_placed(12)) << controller_->log();
  EXPECT_THAT(counts(placed()), ElementsAre(6, 6));
  PlacementHistory history(admin_, {ns_, "orders"});
  make_node(4, "zone-2");
  annotate_pool("weir.dev/min-replicas=3");
  ASSERT_TRUE(eventually([&] { return counts(placed()) == std::vector<std::int64_t>{4, 4, 4}; }, seconds(60)))
      << group().dump(2) << controller_->log();
  EXPECT_THAT(counts(by_zone(placed())), ElementsAre(4, 4, 4));
  const auto all = history.all();
  ASSERT_GE(all.size(), 3U) << "not in one step";
  for (std::size_t step = 1; step < all.size(); ++step) {
    EXPECT_EQ(total(all[step]), 12);
    const auto losers = std::ranges::count_if(all[step - 1], [&](const auto& held) {
      const auto now = all[step].find(held.first);
      return now == all[step].end() || now->second < held.second;
    });
    EXPECT_LE(losers, 1) << "step " << step;
  }
}

TEST_F(SpreadTest, AnUnschedulablePodGivesUpItsShareByChoice) {
  place_twelve(kQuick);
  cluster_->kubectl("-n " + ns_ + " annotate pod dispatcher-0 weir.dev/unschedulable=true");
  EXPECT_TRUE(eventually([&] { return !placed().contains("dispatcher-0") && total(placed()) == 12; }))
      << controller_->log();
}

TEST_F(SpreadTest, PlanShowsTheLiveClusterAsItIs) {
  place_twelve(kNoChoice);
  const auto printed = cluster_->directory() / "plan.json";
  const auto command = fmt::format("'{}' plan --live --kubeconfig '{}' --namespace {} --pool dispatcher -o json >'{}'",
                                   WEIR_BIN, cluster_->admin().string(), ns_, printed.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(printed);
  const auto told = Json::parse(file);
  EXPECT_EQ(told.at("placed"), 12) << told.dump(2);
  EXPECT_THAT(told.at("steps"), IsEmpty()) << "nothing is left to be done";
  Placed found;
  for (const Json& place : told.at("groups").at(0).at("placements"))
    found[place.at("podName")] = place.at("vreplicas").get<std::int64_t>();
  EXPECT_EQ(found, placed());
}

}  // namespace
}  // namespace weir
