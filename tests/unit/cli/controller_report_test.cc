#include "cli/controller_report.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using kube::Json;

Json group(const std::string& name) {
  return {{"metadata", {{"namespace", "shop"}, {"name", name}, {"uid", "u-" + name}}},
          {"spec", {{"topics", {"orders"}}, {"groupId", name + "-id"}, {"replicas", 3}}}};
}

Json report_of(const std::vector<Json>& objects) {
  ControllerInput input{
      .version = "1.2.3", .started = {}, .now = {}, .identity = "pod_1", .leader = true, .unready = {}, .groups = {}};
  input.now += std::chrono::milliseconds(2500);
  for (const Json& object : objects)
    input.groups.push_back(std::make_shared<const Json>(object));
  return controller_report(input);
}

TEST(ControllerReport, TellsWhoLeadsAndWhatGroupsHave) {
  Json placed = group("a");
  placed["spec"]["pool"] = {{"name", "dispatcher"}, {"namespace", "knative"}};
  placed["status"] = {
      {"replicas", 3},
      {"readyReplicas", 2},
      {"partitions", 12},
      {"lag", 140},
      {"placements", {{{"podName", "dispatcher-0"}, {"vreplicas", 2}, {"zone", "a"}}}},
      {"conditions", {{{"type", "Ready"}, {"status", "False"}, {"reason", "Pending"}, {"message", "why"}}}}};
  const Json report = report_of({placed});
  EXPECT_EQ(report["component"], "controller");
  EXPECT_EQ(report["uptimeSeconds"], 2.5);
  EXPECT_EQ(report["leader"], true);
  EXPECT_TRUE(report["unready"].is_null());
  EXPECT_EQ(
      report["groups"][0],
      (Json{{"namespace", "shop"},
            {"name", "a"},
            {"groupId", "a-id"},
            {"topics", {"orders"}},
            {"pool", "knative/dispatcher"},
            {"wanted", 3},
            {"replicas", 3},
            {"readyReplicas", 2},
            {"partitions", 12},
            {"lag", 140},
            {"placements", {{{"pod", "dispatcher-0"}, {"vreplicas", 2}, {"zone", "a"}}}},
            {"conditions", {{{"type", "Ready"}, {"status", "False"}, {"reason", "Pending"}, {"message", "why"}}}}}));
}

TEST(ControllerReport, PodsOfAPoolHaveNames) {
  ControllerInput input;
  input.pools = {{.key = {"knative", "dispatcher"},
                  .problem = {},
                  .capacity = 20,
                  .pods = {{.name = "dispatcher-0", .node = "n1", .zone = "a", .state = "Ready", .used = 2}},
                  .groups = {{.key = {"shop", "orders"},
                              .wanted = 5,
                              .placements = {{.pod = 0, .vreplicas = 2}},
                              .pending = 3,
                              .reason = "PoolAtMaximum",
                              .message = "the pool has as many pods as it may"}}}};
  const Json pool = controller_report(input)["pools"][0];
  EXPECT_EQ(pool["name"], "dispatcher");
  EXPECT_EQ(pool["capacity"], 20);
  EXPECT_EQ(pool["pods"][0]["zone"], "a");
  EXPECT_EQ(pool["groups"][0]["pending"], 3);
  EXPECT_EQ(pool["groups"][0]["placements"], (Json{{{"pod", "dispatcher-0"}, {"vreplicas", 2}}}));
}

TEST(ControllerReport, AGroupThatNobodyHasLookedAtHasNoStatus) {
  Json with_pool = group("b");
  with_pool["spec"]["pool"] = {{"name", "own"}};
  const Json report = report_of({group("a"), with_pool});
  EXPECT_TRUE(report["groups"][0]["pool"].is_null());
  EXPECT_TRUE(report["groups"][0]["replicas"].is_null()) << "unknown is not 0";
  EXPECT_TRUE(report["groups"][0]["lag"].is_null());
  EXPECT_TRUE(report["groups"][0]["placements"].empty());
  EXPECT_EQ(report["groups"][1]["pool"], "shop/own") << "the group's own namespace";
}

}  // namespace
}  // namespace weir::cli
