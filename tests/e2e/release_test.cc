// The chart as Helm installs it beside KEDA: what it runs scales, and groups outlive whatever is done to the release.

#include "release.h"

#include "controller/consumer_group.h"
#include "e2e_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using kube::Json;
using std::chrono::seconds;

constexpr const char* kGroup = "invoices";
constexpr seconds kMost{120};

class Releases : public EndToEnd {
 protected:
  static void SetUpTestSuite() {
    start_cluster({"--kwok"});
    make_nodes();
    // Helm brings it.
    cluster_->kubectl("delete crd consumergroups.weir.dev");
  }

  // Ends what runs, and runs what the release says now.
  static void run(Release& release) {
    release.start();
    scaler_http_ = release.scaler_http();
  }

  void make_example(const Release& release) const {
    auto yaml = replaced(test::example("deployment.yaml"), "weir.weir.svc:9090", release.scaler_address());
    yaml = replaced(std::move(yaml), "kafka.kafka:9092", kafka_->bootstrap());
    yaml = replaced(std::move(yaml), "cooldownPeriod: 60", "cooldownPeriod: 10\n  pollingInterval: 3");
    cluster_->kubectl("-n " + ns_ + " apply -f -", yaml);
  }

  static bool reaches(const ReplicaHistory& history, std::int64_t replicas) {
    return eventually([&] { return history.now() == replicas; }, kMost);
  }

  // Of the group that each release finds.
  Json group() { return object(consumer_group_resource(), kGroup); }
  std::string scaler_of(const std::string& uid) {
    return kube::text_at(object(scaled_object_resource(), controller::scaled_object_name(uid)),
                         "/spec/triggers/0/metadata/scalerAddress");
  }
  void expect_kept(const std::string& uid) {
    EXPECT_EQ(kube::uid_of(group()), uid);
    EXPECT_FALSE(scaler_of(uid).empty()) << "its ScaledObject";
    EXPECT_EQ(cluster_->kubectl("get crd consumergroups.weir.dev --output=name"),
              "customresourcedefinition.apiextensions.k8s.io/consumergroups.weir.dev\n");
  }
};

TEST_F(Releases, AnExampleIsScaledAndGroupsOutliveUpgradeRollbackAndUninstall) {
  Release first(*cluster_, "weir", "platform");
  first.install();
  run(first);

  make_topic("orders");
  const auto example = history(kDeployments, "orders-consumer");
  make_example(first);
  ASSERT_TRUE(reaches(*example, 0)) << first.logs();
  ASSERT_TRUE(watches(kPartitions)) << first.logs();
  produce("orders", 500);
  ASSERT_TRUE(reaches(*example, kPartitions)) << first.logs();
  leave_unread("orders", 0);
  EXPECT_TRUE(reaches(*example, 0)) << first.logs();

  make_topic(kGroup);
  const auto uid = kube::uid_of(make(consumer_group_resource(), demo_group(kGroup)));
  const auto replicas = history(consumer_group_resource(), kGroup);
  ASSERT_TRUE(reaches(*replicas, 0)) << first.logs();

  first.upgrade({"scaler.replicaCount=3", "config.refreshInterval=2s"});
  EXPECT_EQ(kube::int_at(first.installed("deployment", "weir-scaler"), "/spec/replicas"), 3);
  run(first);
  produce(kGroup, 500);
  EXPECT_TRUE(reaches(*replicas, kPartitions)) << first.logs();
  expect_kept(uid);

  first.rollback(1);
  EXPECT_EQ(kube::int_at(first.installed("deployment", "weir-scaler"), "/spec/replicas"), 2);
  run(first);
  leave_unread(kGroup, 0);
  EXPECT_TRUE(reaches(*replicas, 0)) << first.logs();
  produce(kGroup, 500);
  ASSERT_TRUE(reaches(*replicas, kPartitions)) << first.logs();
  replicas->restart();

  first.uninstall();
  leave_unread(kGroup, 0);
  std::this_thread::sleep_for(seconds(30));
  EXPECT_EQ(replicas->all(), std::vector<std::int64_t>{kPartitions}) << "without a scaler replicas hold";
  expect_kept(uid);

  Release next(*cluster_, "weir-again", "elsewhere");
  next.install();
  run(next);
  EXPECT_TRUE(eventually([&] { return scaler_of(uid) == next.scaler_address(); })) << next.logs();
  EXPECT_TRUE(reaches(*replicas, 0)) << next.logs();
  produce(kGroup, 500);
  EXPECT_TRUE(reaches(*replicas, kPartitions)) << next.logs();
  expect_kept(uid);
}

}  // namespace
}  // namespace weir
