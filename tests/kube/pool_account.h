#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kube_fixture.h"

namespace weir {

// The ServiceAccount `pool` of a namespace, and what the data plane in a pool's pods may do by it: nothing at first.
class PoolAccount {
 public:
  PoolAccount(test::KubeCluster& cluster, kube::Client& admin, std::string ns)
      : cluster_(cluster), admin_(admin), ns_(std::move(ns)) {
    cluster_.kubectl("-n " + ns_ + " create serviceaccount pool");
  }

  static std::string name() { return "pool"; }

  // `verbs` on objects of these names.
  void grant(const std::string& resource, const std::vector<std::string>& verbs,
             const std::vector<std::string>& names) {
    const kube::Json metadata{{"namespace", ns_}, {"name", "pool-" + resource}};
    const kube::Json rule{{"apiGroups", {""}}, {"resources", {resource}}, {"verbs", verbs}, {"resourceNames", names}};
    const kube::Json subject{{"kind", "ServiceAccount"}, {"name", "pool"}, {"namespace", ns_}};
    make("Role", "roles", {{"metadata", metadata}, {"rules", kube::Json::array({rule})}});
    make("RoleBinding", "rolebindings",
         {{"metadata", metadata},
          {"roleRef", {{"apiGroup", kApi}, {"kind", "Role"}, {"name", "pool-" + resource}}},
          {"subjects", kube::Json::array({subject})}});
  }

  // As the chart grants it to a pool with these pods.
  void grant_assignments(const std::vector<std::string>& pods) {
    grant("configmaps", {"list", "watch"}, pods);
    grant("pods", {"patch"}, pods);
  }

  std::filesystem::path kubeconfig() const { return cluster_.kubeconfig(ns_, "pool"); }

 private:
  static constexpr const char* kApi = "rbac.authorization.k8s.io";

  void make(const std::string& kind, const std::string& plural, kube::Json object) {
    object["apiVersion"] = std::string(kApi) + "/v1";
    object["kind"] = kind;
    const auto made = admin_.create({kApi, "v1", plural, kind}, object);
    EXPECT_TRUE(made) << made.error().message;
  }

  test::KubeCluster& cluster_;
  kube::Client& admin_;
  const std::string ns_;
};

}  // namespace weir
