#include "controller/pool_objects.h"

#include <gmock/gmock.h>

#include "pool_fixture.h"

namespace weir::controller {
namespace {

using kube::Json;

TEST(PoolPod, IsReadAsTheSchedulerWantsIt) {
  struct Row {
    const char* sentence;
    Json patch;
    placement::Pod pod;
    bool ready;
  };
  const Row rows[] = {
      {"a pod that runs", Json::object(), {.ordinal = 2, .node = "n1"}, true},
      {"one that ends",
       {{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}},
       {.ordinal = 2, .node = "n1", .terminating = true},
       false},
      {"one that was evicted", {{"status", {{"phase", "Failed"}}}}, {.ordinal = 2, .node = "n1", .failed = true}, true},
      {"one without a node", {{"spec", {{"nodeName", nullptr}}}}, {.ordinal = 2}, true},
      {"one that is to get nothing",
       {{"metadata", {{"annotations", {{"weir.dev/unschedulable", "true"}}}}}},
       {.ordinal = 2, .node = "n1", .unschedulable = true},
       true},
      {"one that is not ready", {{"status", {{"conditions", Json::array()}}}}, {.ordinal = 2, .node = "n1"}, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    auto pod = pod_json(2, "n1");
    pod.merge_patch(row.patch);
    trim_pod(pod);
    EXPECT_EQ(read_pod(pod, 2), row.pod);
    EXPECT_EQ(is_ready(pod), row.ready);
    EXPECT_EQ(stateful_set_of(pod), (kube::ObjectKey{"weir", "dispatcher"}));
  }
}

TEST(PoolPod, IsKeptSmall) {
  auto pod = pod_json(0, "n1");
  pod["spec"]["containers"] = Json::array({Json{{"image", "worker"}}});
  pod["metadata"]["annotations"] = {{"weir.dev/applied-generation", "12"}, {"a", "b"}};
  trim_pod(pod);
  EXPECT_FALSE(pod["spec"].contains("containers"));
  EXPECT_EQ(pod["metadata"]["annotations"].size(), 1U);
  EXPECT_EQ(applied_generation(pod), 12);
}

TEST(PoolGroup, IsReadAsTheSchedulerWantsIt) {
  auto group = group_json("shop", "orders", 7);
  EXPECT_EQ(read_demand(group), (placement::Demand{.vreplicas = 7})) << "made before there was a cost";
  group["status"]["partitions"] = 12;
  group["spec"]["vreplicaCost"] = 5;
  EXPECT_EQ(read_demand(group), (placement::Demand{.vreplicas = 7, .partitions = 12, .cost = 5}));
  group["spec"]["vreplicaCost"] = 0;
  EXPECT_EQ(read_demand(group).cost, 1);
}

TEST(PoolNode, IsReadAsTheSchedulerWantsIt) {
  struct Row {
    const char* sentence;
    Json patch;
    placement::Node node;
  };
  const Row rows[] = {
      {"a node that is well", Json::object(), {.name = "n1", .zone = "a"}},
      {"a cordoned one", {{"spec", {{"unschedulable", true}}}}, {.name = "n1", .zone = "a", .cordoned = true}},
      {"one that says it is not ready",
       {{"status", {{"conditions", Json::array({Json{{"type", "Ready"}, {"status", "False"}}})}}}},
       {.name = "n1", .zone = "a", .ready = false}},
      {"one that is not heard of",
       {{"spec",
         {{"taints", Json::array({Json{{"key", "node.kubernetes.io/unreachable"}, {"effect", "NoExecute"}}})}}}},
       {.name = "n1", .zone = "a", .ready = false}},
      {"one without a zone", {{"metadata", {{"labels", nullptr}}}}, {.name = "n1"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sentence);
    auto node = node_json("n1", "a");
    node.merge_patch(row.patch);
    trim_node(node);
    EXPECT_EQ(read_node(node), row.node);
  }
}

TEST(PoolNode, CountsWherePodsOfThePoolCouldComeToIt) {
  auto pool = pool_json(1);
  auto node = node_json("n1", "a");
  EXPECT_TRUE(may_carry(node, pool));
  node["spec"]["taints"] = Json::array({Json{{"key", "gpu"}, {"value", "yes"}, {"effect", "NoSchedule"}}});
  EXPECT_FALSE(may_carry(node, pool));
  pool["spec"]["template"]["spec"]["tolerations"] = Json::array({Json{{"key", "gpu"}, {"operator", "Exists"}}});
  EXPECT_TRUE(may_carry(node, pool));
  pool["spec"]["template"]["spec"]["nodeSelector"] = {{"disk", "fast"}};
  EXPECT_FALSE(may_carry(node, pool));
  node["metadata"]["labels"]["disk"] = "fast";
  EXPECT_TRUE(may_carry(node, pool));
  node["spec"]["taints"] = Json::array({Json{{"key", "node.kubernetes.io/not-ready"}, {"effect", "NoSchedule"}}});
  EXPECT_TRUE(may_carry(node, pool)) << "that passes";
}

TEST(PoolStatefulSet, IsUpdatingFromTheMomentItsTemplateChanged) {
  auto object = pool_json(4);
  trim_stateful_set(object);
  const auto settled = template_of(object);
  EXPECT_EQ(read_stateful_set(object, settled), (placement::StatefulSet{.replicas = 4}));

  auto scaled = object;
  scaled["metadata"]["generation"] = 2;
  scaled["spec"]["replicas"] = 5;
  EXPECT_EQ(read_stateful_set(scaled, settled), (placement::StatefulSet{.replicas = 5})) << "that is no update";

  auto changed = pool_json(4);
  changed["metadata"]["generation"] = 2;
  changed["spec"]["template"]["spec"]["containers"][0]["image"] = "b";
  trim_stateful_set(changed);
  EXPECT_TRUE(read_stateful_set(changed, settled).updating) << "before its controller says so";
  changed["status"] = {{"observedGeneration", 2}, {"currentRevision", "r1"}, {"updateRevision", "r2"}};
  EXPECT_TRUE(read_stateful_set(changed, template_of(changed)).updating) << "and as long as it does";
  changed["status"]["currentRevision"] = "r2";
  EXPECT_FALSE(read_stateful_set(changed, template_of(changed)).updating);
}

}  // namespace
}  // namespace weir::controller
