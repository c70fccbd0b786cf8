#pragma once

#include <fstream>
#include <map>
#include <string>

#include "e2e_fixture.h"

namespace weir {

inline const kube::Resource kStatefulSets{"apps", "v1", "statefulsets", "StatefulSet"};
inline const kube::Resource kPods{"", "v1", "pods", "Pod"};
inline constexpr const char* kPool = "dispatcher";

// The whole of it with nodes that kwok plays, and a pool in the test's namespace on which groups are placed.
class PooledEndToEnd : public EndToEnd {
 protected:
  static void SetUpTestSuite() {
    start_cluster({"--kwok"});
    make_nodes();
    start_scaler();
  }

  // With this namespace's pool as the default one.
  void start_placing_controller() const {
    const std::string account = "--serviceaccount=weir:weir-controller", name = "weir-controller-pool ";
    cluster_->kubectl("-n " + ns_ + " apply -f '" + test::chart_file("rbac/pool.yaml") + "'");
    cluster_->kubectl("create clusterrolebinding " + name + "--clusterrole=" + name + account);
    cluster_->kubectl("-n " + ns_ + " create rolebinding " + name + "--role=" + name + account);
    const auto config = cluster_->directory() / "scheduler.yaml";
    std::ofstream(config) << "patience: {shrinkCooldown: 10s}\n";
    start_controller(
        {}, {"--pool-namespaces", ns_, "--default-pool", ns_ + "/" + kPool, "--scheduler-config", config.string()});
  }

  // Without pods at first.
  void make_pool(const std::map<std::string, std::string>& annotations, const std::string& service_account) {
    const auto spread = [](const char* key) {
      return kube::Json{{"maxSkew", 1},
                        {"topologyKey", key},
                        {"whenUnsatisfiable", "ScheduleAnyway"},
                        {"labelSelector", {{"matchLabels", {{"app", kPool}}}}}};
    };
    kube::Json metadata{{"namespace", ns_}, {"name", kPool}, {"labels", {{"weir.dev/pool", "true"}}}};
    for (const auto& [name, value] : annotations)
      metadata["annotations"]["weir.dev/" + name] = value;
    make(
        kStatefulSets,
        {{"apiVersion", "apps/v1"},
         {"kind", "StatefulSet"},
         {"metadata", metadata},
         {"spec",
          {{"serviceName", kPool},
           {"replicas", 0},
           {"podManagementPolicy", "Parallel"},
           {"selector", {{"matchLabels", {{"app", kPool}}}}},
           {"template",
            {{"metadata", {{"labels", {{"app", kPool}, {"weir.dev/pool", "true"}}}}},
             {"spec",
              {{"serviceAccountName", service_account},
               {"terminationGracePeriodSeconds", 10},
               {"topologySpreadConstraints", {spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")}},
               {"containers", kube::Json::array({kube::Json{{"name", "consumers"}, {"image", "none"}}})}}}}}}}});
  }
};

}  // namespace weir
