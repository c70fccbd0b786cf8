#pragma once

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "controller/assignment.h"
#include "controller/conditions.h"
#include "controller/pool_objects.h"
#include "kube/informer.h"
#include "kube_fixture.h"
#include "support/kube_process.h"

namespace weir {

using Placed = std::map<std::string, std::int64_t>;  // by pod

inline Placed placed_of(const kube::Json& group) {
  Placed placed;
  for (const kube::Json& place : kube::at(group, "/status/placements"))
    placed[kube::text_at(place, "/podName")] = kube::int_at(place, "/vreplicas");
  return placed;
}

inline std::int64_t total(const Placed& placed) {
  return std::accumulate(placed.begin(), placed.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& pod) { return sum + pod.second; });
}

// The placements that a group has had, each other than the one before, from the moment it was looked at.
class PlacementHistory {
 public:
  PlacementHistory(kube::Client& client, const kube::ObjectKey& key)
      : informer_(client, {.resource = controller::consumer_group_resource(), .ns = key.ns}, {}) {
    informer_.add_handler([this, key](const kube::Change& change) {
      if (change.key != key || !change.now) return;
      const std::scoped_lock lock(mutex_);
      auto now = placed_of(*change.now);
      if (placements_.empty() || placements_.back() != now) placements_.push_back(std::move(now));
    });
    informer_.start();
    informer_.wait_synced({});
  }
  ~PlacementHistory() { informer_.stop(); }

  std::vector<Placed> all() const {
    const std::scoped_lock lock(mutex_);
    return placements_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Placed> placements_;
  kube::Informer informer_;
};

// A control plane whose scheduler and controllers run pods on nodes that kwok plays, and `weir controller` with a pool
// of its own for each test.
class PlacementTest : public KubeTest {
 protected:
  static void SetUpTestSuite() {
    cluster_ = std::make_unique<test::KubeCluster>(std::vector<std::string>{"--controller-manager", "--kwok"});
    cluster_->kubectl(
        "create clusterrolebinding weir-controller-pool --clusterrole=weir-controller-pool "
        "--serviceaccount=weir:weir-controller");
  }

  void SetUp() override {
    cluster_->kubectl("-n " + ns_ + " apply -f '" + test::chart_file("rbac/pool.yaml") + "'");
    cluster_->kubectl("-n " + ns_ +
                      " create rolebinding weir-controller-pool --role=weir-controller-pool "
                      "--serviceaccount=weir:weir-controller");
  }

  // With its lease given up, so that the next one need not wait until it is over.
  void TearDown() override {
    if (!controller_ || !controller_->running()) return;
    controller_->signal(SIGTERM);
    EXPECT_EQ(controller_->wait(), 0) << controller_->log();
  }

  // Patience by the keys of `weir plan`.
  std::unique_ptr<test::Process> start_controller(const std::string& patience = "{}",
                                                  const std::string& profile = "default",
                                                  const std::string& lease = "3s") const {
    const auto config = cluster_->directory() / (ns_ + ".yaml");
    std::ofstream(config) << "patience: " << patience << "\n";
    return std::make_unique<test::Process>(
        std::vector<std::string>{WEIR_BIN, "controller", "--kubeconfig", cluster_->controller().string(),
                                 "--scaler-address", "127.0.0.1:1", "--http-listen", "127.0.0.1:0", "--lease-namespace",
                                 "weir", "--lease-duration", lease, "--pool-namespaces", ns_, "--scheduler-config",
                                 config.string(), "--scheduler-profile", profile},
        cluster_->directory() / "controller.log");
  }

  std::string node_name(int number) const { return fmt::format("{}-node-{}", ns_, number); }

  // Nodes of this test alone, which its pool's pods can come to.
  void make_node(int number, const std::string& zone) {
    const auto name = node_name(number);
    const kube::Json resources{{"cpu", "32"}, {"memory", "256Gi"}, {"pods", "110"}};
    const auto made = admin_.create(
        controller::node_resource(),
        {{"apiVersion", "v1"},
         {"kind", "Node"},
         {"metadata",
          {{"name", name},
           {"labels", {{"kubernetes.io/hostname", name}, {"topology.kubernetes.io/zone", zone}, {"test", ns_}}},
           {"annotations", {{"kwok.x-k8s.io/node", "fake"}}}}},
         {"status", {{"allocatable", resources}, {"capacity", resources}}}});
    ASSERT_TRUE(made) << made.error().message;
  }
  void make_nodes(int count, int zones) {
    for (int number = 0; number < count; ++number)
      make_node(number, fmt::format("zone-{}", number % zones));
  }

  static kube::Json spread_over(const char* key) {
    return {{"maxSkew", 1},
            {"topologyKey", key},
            {"whenUnsatisfiable", "DoNotSchedule"},
            {"labelSelector", {{"matchLabels", {{"app", "dispatcher"}}}}}};
  }

  void make_pool(int replicas, const std::map<std::string, std::string>& annotations = {}) {
    kube::Json metadata{{"namespace", ns_}, {"name", "dispatcher"}, {"labels", {{"weir.dev/pool", "true"}}}};
    for (const auto& [name, value] : annotations)
      metadata["annotations"]["weir.dev/" + name] = value;
    const kube::Json template_spec{
        {"nodeSelector", {{"test", ns_}}},
        {"terminationGracePeriodSeconds", 1},
        {"topologySpreadConstraints",
         kube::Json::array({spread_over("topology.kubernetes.io/zone"), spread_over("kubernetes.io/hostname")})},
        {"containers", kube::Json::array({kube::Json{{"name", "worker"}, {"image", "worker"}}})}};
    const auto made = admin_.create(controller::stateful_set_resource(),
                                    {{"apiVersion", "apps/v1"},
                                     {"kind", "StatefulSet"},
                                     {"metadata", metadata},
                                     {"spec",
                                      {{"replicas", replicas},
                                       {"serviceName", "dispatcher"},
                                       {"podManagementPolicy", "Parallel"},
                                       {"selector", {{"matchLabels", {{"app", "dispatcher"}}}}},
                                       {"template",
                                        {{"metadata", {{"labels", {{"app", "dispatcher"}, {"weir.dev/pool", "true"}}}}},
                                         {"spec", template_spec}}}}}});
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(ready_pods(replicas));
  }
  void annotate_pool(const std::string& what) {
    cluster_->kubectl("-n " + ns_ + " annotate --overwrite statefulset dispatcher " + what);
  }
  bool ready_pods(int wanted) {
    return eventually(
        [&] {
          const auto pods = admin_.list(controller::pod_resource(), ns_, 500);
          return pods && std::ranges::count_if(pods->items, controller::is_ready) == wanted;
        },
        std::chrono::seconds(60));
  }
  kube::Json pool() { return get(controller::stateful_set_resource(), {ns_, "dispatcher"}); }
  std::string node_of(const std::string& pod) {
    return kube::text_at(get(controller::pod_resource(), {ns_, pod}), "/spec/nodeName");
  }
  std::string zone_of(const std::string& pod) {
    return controller::read_node(get(controller::node_resource(), {"", node_of(pod)})).zone;
  }

  // A group that nobody scales.
  void make_group(int replicas, const std::string& name = "orders", std::string ns = "", int cost = 1) {
    auto group = group_yaml(ns.empty() ? ns_ : ns, name);
    group["spec"]["replicas"] = replicas;
    group["spec"]["scaling"] = {{"class", "disabled"}};
    group["spec"]["vreplicaCost"] = cost;
    group["spec"]["pool"] = {{"name", "dispatcher"}, {"namespace", ns_}};
    const auto made = admin_.create(controller::consumer_group_resource(), group);
    ASSERT_TRUE(made) << made.error().message;
  }
  void scale(int replicas, const std::string& name = "orders") {
    cluster_->kubectl(fmt::format("-n {} scale consumergroup {} --replicas={}", ns_, name, replicas));
  }
  kube::Json group(const std::string& name = "orders", const std::string& ns = "") {
    return get(controller::consumer_group_resource(), {ns.empty() ? ns_ : ns, name});
  }
  Placed placed(const std::string& name = "orders") { return placed_of(group(name)); }
  // Waits until so many virtual replicas of a group have a pod.
  bool is_placed(std::int64_t wanted, const std::string& name = "orders") {
    return eventually(
        [&] {
          const auto now = group(name);
          return kube::int_at(now, "/status/replicas", -1) >= wanted &&
                 kube::at(now, "/status/placements").is_array() && total(placed_of(now)) == wanted;
        },
        std::chrono::seconds(60));
  }
  kube::Json scheduled(const std::string& name = "orders", const std::string& ns = "") {
    return controller::find_condition(kube::at(group(name, ns), "/status/conditions"), "Scheduled");
  }
  bool is_scheduled(const std::string& reason, const std::string& name = "orders", const std::string& ns = "") {
    return eventually([&] { return kube::text_at(scheduled(name, ns), "/reason") == reason; });
  }
  std::map<std::string, std::int64_t> by_zone(const Placed& placed) {
    std::map<std::string, std::int64_t> zones;
    for (const auto& [pod, vreplicas] : placed)
      zones[zone_of(pod)] += vreplicas;
    return zones;
  }

  kube::Json config_map(const std::string& pod) { return get(controller::config_map_resource(), {ns_, pod}); }
  kube::Json assignment(const std::string& pod) {
    const auto text = kube::text_at(config_map(pod), "/data/assignment.json");
    return text.empty() ? kube::Json() : kube::Json::parse(text);
  }
  // What the assignments say of a group.
  Placed assigned(const std::string& name = "orders") {
    Placed found;
    const auto maps = admin_.list(controller::config_map_resource(), ns_, 500, "", controller::kAssignmentSelector);
    if (!maps) return found;
    for (const auto& map : maps->items) {
      const auto assignment = kube::Json::parse(kube::text_at(map, "/data/assignment.json"));
      for (const auto& entry : assignment.at("groups"))
        if (entry.at("name") == name) found[kube::key_of(map).name] = entry.at("vreplicas").get<std::int64_t>();
    }
    return found;
  }

  const std::string ns_ = make_namespace();
  std::unique_ptr<test::Process> controller_;
};

// Forced moves alone.
inline constexpr const char* kNoChoice = "{nodeGrace: 4s, shrinkCooldown: 3s, cycle: 1h}";
// With moves by choice, soon.
inline constexpr const char* kQuick = "{nodeGrace: 4s, shrinkCooldown: 3s, cycle: 2s}";

}  // namespace weir
