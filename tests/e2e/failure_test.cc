#include <csignal>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/consumer_group.h"
#include "e2e_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using kube::Json;
using std::chrono::seconds;

// One group at 12 replicas. Whatever is away, they stay; once it is back, work goes on.
class Failure : public EndToEnd {
 protected:
  void SetUp() override {
    make_topic(topic_);
    produce(topic_, 2000);
    auto group = demo_group("orders");
    group["spec"]["topics"] = {topic_};
    group["spec"]["groupId"] = topic_;
    make(consumer_group_resource(), group);
    replicas_ = std::make_unique<ReplicaHistory>(admin_, consumer_group_resource(), kube::ObjectKey{ns_, "orders"});
    // KEDA's parts and the HPA may still be at the end of their patience from what was away before.
    ASSERT_TRUE(eventually([&] { return replicas_->now() == kPartitions; }, seconds(120)))
        << object(consumer_group_resource(), "orders").dump(2) << cluster_->kubectl("get hpa -A") << controller_->log();
    replicas_->restart();
  }

  // The lag is gone, which nobody can tell; for longer than two polls, the cooldown and a sync of the HPA.
  void drain_unseen() {
    leave_unread(topic_, 0);
    std::this_thread::sleep_for(seconds(25));
    EXPECT_EQ(replicas_->all(), std::vector<std::int64_t>{kPartitions}) << fmt::format("{}", replicas_->all());
  }
  void expect_zero() {
    EXPECT_TRUE(eventually([&] { return replicas_->now() == 0; }, seconds(120))) << fmt::format("{}", replicas_->all());
  }

  const std::string topic_ = "orders-" + ns_;
  std::unique_ptr<ReplicaHistory> replicas_;
};

TEST_F(Failure, WhileKedaIsAwayReplicasStay) {
  for (const char* name : {"keda-operator", "keda-adapter"})
    cluster_->process("kill", name);
  drain_unseen();
  for (const char* name : {"keda-operator", "keda-adapter"})
    cluster_->process("restart", name);
  expect_zero();
}

TEST_F(Failure, WhileTheScalerIsAwayReplicasStay) {
  scaler_.reset();
  drain_unseen();
  // The controller takes no cap away and writes no lower maximum.
  const Json group = object(consumer_group_resource(), "orders");
  EXPECT_EQ(kube::int_at(group, "/status/partitions"), kPartitions);
  const auto scaled = object(scaled_object_resource(), controller::scaled_object_name(kube::uid_of(group)));
  EXPECT_EQ(kube::int_at(scaled, "/spec/maxReplicaCount"), kPartitions);
  start_scaler();
  expect_zero();
}

TEST_F(Failure, AControllerThatIsKilledLeavesAllAsItIs) {
  ASSERT_TRUE(eventually(
      [&] { return kube::int_at(object(consumer_group_resource(), "orders"), "/status/replicas") == kPartitions; }));
  controller_->signal(SIGKILL);
  const Json before = object(consumer_group_resource(), "orders");
  start_controller();
  std::this_thread::sleep_for(seconds(20));
  const Json after = object(consumer_group_resource(), "orders");
  EXPECT_EQ(kube::resource_version_of(after), kube::resource_version_of(before)) << before.dump(2) << after.dump(2);
  EXPECT_EQ(replicas_->all(), std::vector<std::int64_t>{kPartitions});
}

TEST_F(Failure, WhileTheApiServerIsAwayNobodyIsBusyAndReplicasStay) {
  const auto requests = [] { return metric(controller_http_, "weir_kube_requests_total"); };
  cluster_->process("kill", "apiserver");
  const double before = requests();
  leave_unread(topic_, 0);
  std::this_thread::sleep_for(seconds(20));
  const double asked = requests() - before;
  fmt::print("{:.0f} requests of the controller in 20 s without an API server\n", asked);
  EXPECT_LE(asked, 100);
  EXPECT_EQ(replicas_->all(), std::vector<std::int64_t>{kPartitions});
  cluster_->process("restart", "apiserver");
  expect_zero();
  EXPECT_TRUE(controller_->running());
  EXPECT_TRUE(scaler_->running());
}

}  // namespace
}  // namespace weir
