#include <gtest/gtest.h>

#include "controller/conditions.h"
#include "kube_fixture.h"
#include "support/kube_process.h"

namespace weir {
namespace {

using kube::Json;

class KedaAbsent : public KubeTest {};

TEST_F(KedaAbsent, GroupsKeepTheirReplicasUntilItIsInstalled) {
  const auto ns = make_namespace();
  const test::Process controller(
      {WEIR_BIN, "controller", "--kubeconfig", cluster_->controller().string(), "--scaler-address", "127.0.0.1:1",
       "--http-listen", "127.0.0.1:0", "--lease-namespace", "weir"},
      cluster_->directory() / "controller.log");
  ASSERT_TRUE(admin_.create(controller::consumer_group_resource(), group_yaml(ns, "orders")));
  const auto reason = [&](const std::string& wanted) {
    return eventually(
        [&] {
          const Json now = get(controller::consumer_group_resource(), {ns, "orders"});
          return kube::text_at(controller::find_condition(kube::at(now, "/status/conditions"), "Autoscaling"),
                               "/reason") == wanted;
        },
        std::chrono::seconds(60));
  };
  EXPECT_TRUE(reason("KedaNotInstalled")) << controller.log();
  cluster_->kubectl("-n " + ns + " scale cg orders --replicas=3");
  EXPECT_TRUE(eventually([&] {
    return kube::int_at(get(controller::consumer_group_resource(), {ns, "orders"}), "/status/replicas") == 3;
  })) << "scaling by hand works";
  cluster_->kubectl("apply --server-side -f " + test::keda_crd("scaledobjects"));
  EXPECT_TRUE(reason("ScalerUnavailable")) << "it is looked for again: now only the scaler is missing";
}

}  // namespace
}  // namespace weir
