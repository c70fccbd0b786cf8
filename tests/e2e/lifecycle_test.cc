#include "controller/consumer_group.h"
#include "e2e_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using kube::Json;
using std::chrono::seconds;

constexpr const char* kPaused = "autoscaling.keda.sh/paused";

// One group at 12 replicas, with more to do than they can.
class Lifecycle : public EndToEnd {
 protected:
  void SetUp() override {
    make_topic(topic_);
    produce(topic_, 2000);
    const auto made = make(consumer_group_resource(), demo());
    scaled_object_ = controller::scaled_object_name(kube::uid_of(made));
    replicas_ = std::make_unique<ReplicaHistory>(admin_, consumer_group_resource(), kube::ObjectKey{ns_, "orders"});
    ASSERT_TRUE(eventually([&] { return replicas_->now() == kPartitions; }, seconds(60)))
        << object(consumer_group_resource(), "orders").dump(2) << controller_->log();
    replicas_->restart();
  }

  Json demo() const {
    auto group = demo_group("orders");
    group["spec"]["topics"] = {topic_};
    group["spec"]["groupId"] = topic_;
    return group;
  }
  void patch(const kube::Resource& resource, const std::string& name, const Json& change) {
    const auto patched = admin_.merge_patch(resource, {ns_, name}, change);
    ASSERT_TRUE(patched) << patched.error().message;
  }
  bool gone(const kube::Resource& resource, const std::string& name) {
    return eventually([&] { return object(resource, name).is_null(); }, seconds(60));
  }
  void expect_standing(seconds time) const {
    std::this_thread::sleep_for(time);
    EXPECT_EQ(replicas_->all(), std::vector<std::int64_t>{kPartitions});
  }

  const std::string topic_ = "orders-" + ns_;
  std::string scaled_object_;
  std::unique_ptr<ReplicaHistory> replicas_;
};

TEST_F(Lifecycle, DisablingRemovesTheScaledObjectKeepsTheReplicasAndLetsThemBeSetByHand) {
  patch(consumer_group_resource(), "orders", {{"spec", {{"scaling", {{"class", "disabled"}}}}}});
  EXPECT_TRUE(gone(scaled_object_resource(), scaled_object_));
  EXPECT_TRUE(gone(kHpas, "keda-hpa-" + scaled_object_));
  leave_unread(topic_, 0);
  expect_standing(seconds(20));
  cluster_->kubectl("-n " + ns_ + " scale consumergroup orders --replicas=60");
  EXPECT_TRUE(eventually([&] {
    const auto now = object(consumer_group_resource(), "orders");
    return kube::int_at(now, "/spec/replicas") == 60 && kube::int_at(now, "/status/replicas") == 60;
  }));
  std::this_thread::sleep_for(seconds(5));
  EXPECT_EQ(replicas_->now(), 60);
}

TEST_F(Lifecycle, APausedScaledObjectStaysPaused) {
  patch(scaled_object_resource(), scaled_object_, {{"metadata", {{"annotations", {{kPaused, "true"}}}}}});
  ASSERT_TRUE(gone(kHpas, "keda-hpa-" + scaled_object_)) << "KEDA takes its HPA away";
  leave_unread(topic_, 0);
  // An edit of the group passes by the pause.
  patch(consumer_group_resource(), "orders", {{"spec", {{"scaling", {{"cooldownPeriod", 5}}}}}});
  EXPECT_TRUE(eventually(
      [&] { return kube::int_at(object(scaled_object_resource(), scaled_object_), "/spec/cooldownPeriod") == 5; }));
  expect_standing(seconds(20));
  EXPECT_EQ(kube::text_at(object(scaled_object_resource(), scaled_object_),
                          "/metadata/annotations/autoscaling.keda.sh~1paused"),
            "true");
  patch(scaled_object_resource(), scaled_object_, {{"metadata", {{"annotations", {{kPaused, nullptr}}}}}});
  EXPECT_TRUE(eventually([&] { return replicas_->now() == 0; }, seconds(60)));
}

TEST_F(Lifecycle, DeletingTheGroupLeavesNothingBehind) {
  cluster_->kubectl("-n " + ns_ + " delete cg orders --timeout=60s");
  EXPECT_TRUE(gone(scaled_object_resource(), scaled_object_));
  EXPECT_TRUE(gone(kHpas, "keda-hpa-" + scaled_object_));
  EXPECT_TRUE(gone(consumer_group_resource(), "orders"));
}

TEST_F(Lifecycle, ASecondScaledObjectIsRefusedByKedasWebhookOrShownAsAConflict) {
  auto rival = demo_scaled_object("rival", {});
  rival["spec"]["scaleTargetRef"] = {
      {"apiVersion", "weir.dev/v1alpha1"}, {"kind", "ConsumerGroup"}, {"name", "orders"}};
  const auto made = admin_.create(scaled_object_resource(), rival);
  ASSERT_FALSE(made) << "KEDA's webhook runs";
  // By the ScaledObject, or by its HPA, whichever the webhook has heard of first.
  EXPECT_NE(made.error().message.find("is already managed by the "), std::string::npos) << made.error().message;
}

}  // namespace
}  // namespace weir
