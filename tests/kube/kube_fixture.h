#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "cli/kubeconfig_file.h"
#include "controller/consumer_group.h"
#include "kube/client.h"
#include "support/kube_cluster.h"
#include "telemetry/metrics.h"

namespace weir {

// Waits for a condition that real processes bring about.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds most = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

// A ConsumerGroup as a user writes it.
inline kube::Json group_yaml(const std::string& ns, const std::string& name) {
  return {{"apiVersion", "weir.dev/v1alpha1"},
          {"kind", "ConsumerGroup"},
          {"metadata", {{"namespace", ns}, {"name", name}}},
          {"spec", {{"bootstrapServers", {"127.0.0.1:1"}}, {"topics", {"orders"}}, {"groupId", name}}}};
}

// A control plane for all tests of a program, and clients of it.
class KubeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!cluster_) cluster_ = std::make_unique<test::KubeCluster>();
  }
  static void TearDownTestSuite() { cluster_.reset(); }

  static kube::ClientConfig config(const std::filesystem::path& kubeconfig) {
    return cli::read_client_config(kubeconfig).value();
  }

  // A namespace that no other test uses.
  std::string make_namespace() {
    static int last = 0;
    const auto name = "test-" + std::to_string(++last);
    const auto made = admin_.create({"", "v1", "namespaces", "Namespace"},
                                    {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}});
    EXPECT_TRUE(made) << made.error().message;
    return name;
  }

  kube::Json get(const kube::Resource& resource, const kube::ObjectKey& key) {
    const auto found = admin_.get(resource, key);
    return found ? *found : kube::Json();
  }

  static inline std::unique_ptr<test::KubeCluster> cluster_;
  base::SystemClock clock_;
  telemetry::Registry registry_;
  kube::Client admin_{config(cluster_->admin()), {.qps = 1000, .burst = 1000}, clock_, registry_};
};

}  // namespace weir
