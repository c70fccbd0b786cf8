#include <algorithm>
#include <ranges>
#include <thread>

#include <gmock/gmock.h>

#include "placement_fixture.h"

// How large a pool is, what its pods are told, and who decides.
namespace weir {
namespace {

using kube::Json;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PoolTest : public PlacementTest {
 protected:
  // A pool of one pod, with all of a group on it.
  void place_on_one_pod(int replicas, const std::map<std::string, std::string>& annotations = {}) {
    make_nodes(1, 1);
    make_pool(1, annotations);
    controller_ = start_controller(kNoChoice);
    make_group(replicas);
    ASSERT_TRUE(is_placed(replicas)) << group().dump(2) << controller_->log();
  }
  bool pool_has(int replicas) {
    return eventually([&] { return kube::int_at(pool(), "/spec/replicas") == replicas; }, seconds(60));
  }
  bool warned(const std::string& reason) {
    return eventually([&] {
      const auto events = admin_.list({"events.k8s.io", "v1", "events", "Event"}, ns_, 500);
      return events && std::ranges::any_of(events->items, [&](const Json& event) {
               return kube::text_at(event, "/reason") == reason && kube::text_at(event, "/type") == "Warning" &&
                      kube::text_at(event, "/regarding/kind") == "StatefulSet";
             });
    });
  }
  void acknowledge(const std::string& pod) {
    const auto generation = kube::int_at(assignment(pod), "/generation");
    cluster_->kubectl(
        fmt::format("-n {} annotate --overwrite pod {} weir.dev/applied-generation={}", ns_, pod, generation));
  }
  bool ready_replicas(int wanted) {
    return eventually([&] { return kube::int_at(group(), "/status/readyReplicas", -1) == wanted; });
  }
};

TEST_F(PoolTest, GrowsForSixtyAndShrinksOnceTheLastPodsAreEmpty) {
  make_nodes(3, 3);
  make_pool(0);
  controller_ = start_controller(kQuick);
  make_group(60);
  ASSERT_TRUE(is_placed(60)) << group().dump(2) << controller_->log();
  EXPECT_EQ(kube::int_at(pool(), "/spec/replicas"), 3);
  for (const auto& [pod, vreplicas] : placed())
    EXPECT_EQ(vreplicas, 20) << pod;
  // Three zones keep three pods as long as a group can spread over them.
  scale(2);
  ASSERT_TRUE(is_placed(2));
  ASSERT_TRUE(pool_has(2)) << controller_->log();
  EXPECT_FALSE(placed().contains("dispatcher-2")) << "the last is emptied before it goes";
  EXPECT_EQ(total(placed()), 2);
  scale(0);
  ASSERT_TRUE(eventually([&] { return placed().empty(); }));
  EXPECT_EQ(kube::int_at(group(), "/status/replicas", -1), 0);
  EXPECT_TRUE(assigned().empty());
  EXPECT_TRUE(pool_has(0)) << controller_->log();
}

TEST_F(PoolTest, ShrinksNotBeforeItsCooldown) {
  make_nodes(2, 1);
  make_pool(0);
  controller_ = start_controller("{nodeGrace: 1s, shrinkCooldown: 6s, cycle: 1s}");
  make_group(25);
  ASSERT_TRUE(is_placed(25)) << controller_->log();
  ASSERT_EQ(kube::int_at(pool(), "/spec/replicas"), 2);
  const auto since = std::chrono::steady_clock::now();
  scale(0);
  ASSERT_TRUE(eventually([&] { return placed().empty(); }));
  EXPECT_EQ(kube::int_at(pool(), "/spec/replicas"), 2);
  ASSERT_TRUE(pool_has(0));
  EXPECT_GE(std::chrono::steady_clock::now() - since, seconds(6));
}

TEST_F(PoolTest, AtItsMaximumTheRestIsPendingFairly) {
  make_nodes(1, 1);
  const auto other = make_namespace();
  make_pool(0, {{"max-replicas", "1"}, {"allowed-namespaces", "test-*"}});
  controller_ = start_controller(kNoChoice);
  cluster_->kubectl("cordon " + node_name(0));
  make_group(20);
  make_group(20, "orders", other);
  ASSERT_TRUE(pool_has(1)) << controller_->log();
  EXPECT_TRUE(is_scheduled("NoSchedulablePod")) << group().dump(2);
  cluster_->kubectl("uncordon " + node_name(0));
  EXPECT_TRUE(is_scheduled("PoolAtMaximum")) << group().dump(2) << controller_->log();
  EXPECT_TRUE(is_scheduled("PoolAtMaximum", "orders", other));
  EXPECT_EQ(total(placed()), 10);
  EXPECT_EQ(total(placed_of(group("orders", other))), 10);
  EXPECT_THAT(kube::text_at(scheduled(), "/message"), HasSubstr("10 of 20 virtual replicas are pending"));
  EXPECT_EQ(kube::int_at(group(), "/status/replicas"), 20) << "accepted all the same";
}

TEST_F(PoolTest, ABusyGroupTakesMoreOfItsPodsThanAnIdleOne) {
  make_nodes(3, 1);
  make_pool(0, {{"capacity", "20"}});
  controller_ = start_controller(kQuick);
  make_group(4, "busy", "", 10);
  make_group(10, "idle");
  const auto most_used = [&](std::int64_t cost) {
    auto loads = placed("idle");
    for (const auto& [pod, vreplicas] : placed("busy"))
      loads[pod] += cost * vreplicas;
    return std::ranges::max(loads | std::views::values);
  };
  ASSERT_TRUE(is_placed(4, "busy")) << group("busy").dump(2) << controller_->log();
  ASSERT_TRUE(is_placed(10, "idle")) << group("idle").dump(2) << controller_->log();
  ASSERT_TRUE(pool_has(3)) << controller_->log();
  EXPECT_LE(most_used(10), 20);
  // What it costs is taken in while it is placed.
  const auto cost = [&](int value) {
    cluster_->kubectl(fmt::format(
        R"(-n {} patch consumergroup busy --type=merge -p '{{"spec": {{"vreplicaCost": {}}}}}')", ns_, value));
  };
  cost(21);
  scale(5, "busy");
  EXPECT_TRUE(is_scheduled("CostAboveCapacity", "busy")) << group("busy").dump(2);
  EXPECT_THAT(kube::text_at(scheduled("busy"), "/message"), HasSubstr("one takes 21 of a pod's capacity, which is 20"));
  EXPECT_EQ(total(placed("busy")), 4) << "what is placed stays";
  // As idle as the other: all have room again, and one pod does.
  cost(1);
  ASSERT_TRUE(is_placed(5, "busy")) << group("busy").dump(2) << controller_->log();
  EXPECT_TRUE(pool_has(1)) << controller_->log();
  EXPECT_EQ(total(placed("busy")), 5);
  EXPECT_EQ(total(placed("idle")), 10);
  // And busy again: what no longer fits leaves for pods that come for it.
  cost(10);
  ASSERT_TRUE(pool_has(3)) << controller_->log();
  EXPECT_TRUE(eventually([&] { return most_used(10) <= 20 && total(placed("busy")) == 5; }, seconds(60)))
      << group("busy").dump(2) << controller_->log();
}

TEST_F(PoolTest, NamespacesHaveAQuotaAndNeedPermission) {
  make_nodes(1, 1);
  const auto other = make_namespace();
  make_pool(1, {{"max-vreplicas-per-namespace", "5"}});
  controller_ = start_controller(kNoChoice);
  make_group(8);
  make_group(1, "orders", other);
  EXPECT_TRUE(is_scheduled("NamespaceQuota")) << controller_->log();
  EXPECT_EQ(total(placed()), 5);
  EXPECT_TRUE(is_scheduled("NamespaceNotAllowed", "orders", other));
  EXPECT_TRUE(placed_of(group("orders", other)).empty());
  annotate_pool("weir.dev/allowed-namespaces=" + ns_ + "," + other);
  EXPECT_TRUE(is_scheduled("Placed", "orders", other));
}

TEST_F(PoolTest, AWrongAnnotationIsSaidAndTheLastGoodOneStands) {
  place_on_one_pod(7, {{"capacity", "7"}, {"max-replicas", "1"}});
  annotate_pool("weir.dev/capacity=many");
  EXPECT_TRUE(warned("InvalidPool")) << controller_->log();
  scale(9);
  EXPECT_TRUE(is_scheduled("PoolAtMaximum"));
  EXPECT_EQ(total(placed()), 7);
  annotate_pool("weir.dev/capacity=9");
  EXPECT_TRUE(is_placed(9));
}

TEST_F(PoolTest, AGroupWithoutItsPoolSaysSoAndStandsWhereItIs) {
  place_on_one_pod(3);
  const auto before = placed();
  cluster_->kubectl("-n " + ns_ + " delete statefulset dispatcher --cascade=orphan");
  EXPECT_TRUE(is_scheduled("PoolNotFound"));
  EXPECT_EQ(placed(), before);
  make_pool(1);
  EXPECT_TRUE(is_scheduled("Placed")) << controller_->log();
  EXPECT_EQ(placed(), before);
  EXPECT_TRUE(eventually([&] {
    return kube::text_at(config_map("dispatcher-0"), "/metadata/ownerReferences/0/uid") == kube::uid_of(pool());
  }));
}

TEST_F(PoolTest, AnAssignmentHasAllThatAConsumerNeedsAndCountsUp) {
  place_on_one_pod(3);
  const auto first = assignment("dispatcher-0");
  const auto entry = first.at("groups").at(0);
  EXPECT_EQ(first.at("version"), 1);
  EXPECT_EQ(entry.at("uid"), kube::uid_of(group()));
  EXPECT_EQ(entry.at("vreplicas"), 3);
  EXPECT_EQ(entry.at("bootstrapServers"), Json::array({"127.0.0.1:1"}));
  EXPECT_EQ(entry.at("topics"), Json::array({"orders"}));
  EXPECT_EQ(entry.at("groupId"), "orders");
  EXPECT_EQ(entry.at("initialOffset"), "latest");
  EXPECT_FALSE(entry.contains("auth"));
  ASSERT_TRUE(admin_.merge_patch(controller::consumer_group_resource(), {ns_, "orders"},
                                 {{"spec", {{"topics", {"orders", "returns"}}}}}));
  EXPECT_TRUE(eventually([&] { return kube::at(assignment("dispatcher-0"), "/groups/0/topics").size() == 2; }));
  EXPECT_GT(assignment("dispatcher-0").at("generation"), first.at("generation"));
}

TEST_F(PoolTest, AnEditOfAnAssignmentIsPutRightAndADeletedOneComesAgain) {
  place_on_one_pod(3);
  const auto generation = [&] { return kube::int_at(assignment("dispatcher-0"), "/generation"); };
  const auto first = generation();
  ASSERT_TRUE(admin_.merge_patch(controller::config_map_resource(), {ns_, "dispatcher-0"},
                                 {{"data", {{"assignment.json", "{}"}}}}));
  EXPECT_TRUE(eventually([&] { return generation() > first; })) << controller_->log();
  EXPECT_THAT(assigned(), ElementsAre(std::pair<const std::string, std::int64_t>("dispatcher-0", 3)));
  const auto second = generation();
  cluster_->kubectl("-n " + ns_ + " delete configmap dispatcher-0");
  EXPECT_TRUE(eventually([&] { return generation() > second; })) << controller_->log();
}

TEST_F(PoolTest, WhereAcknowledgementsAreRequiredReadyAreThoseAcknowledged) {
  make_nodes(2, 2);
  make_pool(2, {{"ack", "required"}, {"min-replicas", "2"}});
  controller_ = start_controller(kNoChoice);
  make_group(4);
  ASSERT_TRUE(is_placed(4)) << controller_->log();
  EXPECT_TRUE(ready_replicas(0));
  acknowledge("dispatcher-0");
  EXPECT_TRUE(ready_replicas(2));
  acknowledge("dispatcher-1");
  EXPECT_TRUE(ready_replicas(4));
  make_group(2, "returns");
  ASSERT_TRUE(is_placed(2, "returns"));
  EXPECT_EQ(kube::int_at(group(), "/status/readyReplicas"), 4) << "its entries have not changed";
}

// Many groups that stand while another is scaled up and down all the time.
class LeaderTest : public PoolTest {
 protected:
  static constexpr int kGroups = 30;

  static std::string name(int number) { return fmt::format("group-{}", number); }

  void make_groups() {
    make_nodes(6, 3);
    make_pool(6, {{"min-replicas", "6"}, {"max-replicas", "6"}, {"capacity", "40"}});
    controller_ = start_controller(kQuick);
    for (int number = 0; number < kGroups; ++number)
      make_group(1 + number % 5, name(number));
    make_group(1, "load");
    for (int number = 0; number < kGroups; ++number)
      ASSERT_TRUE(is_placed(1 + number % 5, name(number))) << controller_->log();
  }
  std::map<std::string, Placed> all_placed() {
    std::map<std::string, Placed> all;
    for (int number = 0; number < kGroups; ++number)
      all[name(number)] = placed(name(number));
    return all;
  }
  std::jthread load() {
    return std::jthread([this](const std::stop_token& stop) {
      base::SystemClock clock;
      telemetry::Registry registry;
      kube::Client client(config(cluster_->admin()), {.qps = 1000, .burst = 1000}, clock, registry);
      for (int round = 0; !stop.stop_requested(); ++round) {
        static_cast<void>(client.merge_patch(controller::consumer_group_resource(), {ns_, "load"},
                                             {{"spec", {{"replicas", 1 + round * 7 % 50}}}}));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
    });
  }
};

TEST_F(LeaderTest, ARestartUnderLoadMovesNothing) {
  make_groups();
  const auto before = all_placed();
  {
    const auto loading = load();
    for (int restart = 0; restart < 3; ++restart) {
      std::this_thread::sleep_for(seconds(1));
      controller_->signal(SIGTERM);
      EXPECT_EQ(controller_->wait(), 0);
      controller_ = start_controller(kQuick);
      std::this_thread::sleep_for(seconds(3));
    }
  }
  scale(33, "load");
  ASSERT_TRUE(is_placed(33, "load")) << controller_->log();
  EXPECT_EQ(all_placed(), before);
  EXPECT_TRUE(eventually([&] { return assigned("load") == placed("load"); }));
}

TEST_F(LeaderTest, AKilledLeaderUnderLoadMovesNothing) {
  make_groups();
  const auto before = all_placed();
  auto standby = start_controller(kQuick);
  {
    const auto loading = load();
    std::this_thread::sleep_for(seconds(2));
    controller_->signal(SIGKILL);
    controller_ = std::move(standby);
    std::this_thread::sleep_for(seconds(6));
  }
  scale(33, "load");
  ASSERT_TRUE(is_placed(33, "load")) << controller_->log();
  EXPECT_EQ(all_placed(), before);
  for (int number = 0; number < kGroups; ++number)
    EXPECT_EQ(assigned(name(number)), before.at(name(number)));
}

}  // namespace
}  // namespace weir
