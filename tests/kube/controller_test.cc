#include <csignal>
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "controller/conditions.h"
#include "kube_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/kube_process.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using kube::Json;
using std::chrono::seconds;
using ::testing::HasSubstr;

// The controller and the scaler as processes of their own, beside a real broker and a real API server.
class ControllerTest : public KubeTest {
 protected:
  static void SetUpTestSuite() {
    KubeTest::SetUpTestSuite();
    kafka_ = std::make_unique<test::KafkaBroker>();
    test::KafkaAdmin(kafka_->bootstrap()).create_topic("orders", 12);
    cluster_->install_crd(test::keda_crd("scaledobjects"));
  }
  static void TearDownTestSuite() {
    kafka_.reset();
    KubeTest::TearDownTestSuite();
  }

  void SetUp() override {
    start_scaler();
    controller_ = start_controller();
  }

  void start_scaler(const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{WEIR_BIN,        "scaler",      "--listen",           scaler_address_,
                                     "--http-listen", "127.0.0.1:0", "--refresh-interval", "500ms"};
    command.insert(command.end(), more.begin(), more.end());
    scaler_ = std::make_unique<test::Process>(command, cluster_->directory() / "scaler.log");
  }
  std::unique_ptr<test::Process> start_controller(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> command{WEIR_BIN,
                                     "controller",
                                     "--kubeconfig",
                                     cluster_->controller().string(),
                                     "--scaler-address",
                                     scaler_address_,
                                     "--http-listen",
                                     "127.0.0.1:0",
                                     "--lease-namespace",
                                     "weir",
                                     "--lease-duration",
                                     "3s"};
    command.insert(command.end(), more.begin(), more.end());
    return std::make_unique<test::Process>(command, cluster_->directory() / "controller.log");
  }
  static std::string pki(const char* name) { return (cluster_->directory() / "pki" / name).string(); }

  Json orders(const std::string& name = "orders") const {
    auto group = group_yaml(ns_, name);
    group["spec"]["bootstrapServers"] = {kafka_->bootstrap()};
    return group;
  }
  Json make(const Json& group) {
    const auto made = admin_.create(consumer_group_resource(), group);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(Json());
  }
  Json group(const std::string& name = "orders") { return get(consumer_group_resource(), {ns_, name}); }
  Json scaled_object(const Json& group) {
    return get(scaled_object_resource(), {ns_, controller::scaled_object_name(kube::uid_of(group))});
  }
  void patch(const Json& change) {
    const auto patched = admin_.merge_patch(consumer_group_resource(), {ns_, "orders"}, change);
    ASSERT_TRUE(patched) << patched.error().message;
  }
  // Waits for a reason of the condition Autoscaling. A group's first status comes a moment before its ScaledObject.
  bool reason(const std::string& wanted, const std::string& name = "orders") {
    const bool applied = wanted == "ScaledObjectApplied" || wanted == "MinAbovePartitions";
    return eventually([&] {
      const Json now = group(name);
      return kube::text_at(controller::find_condition(kube::at(now, "/status/conditions"), "Autoscaling"), "/reason") ==
                 wanted &&
             (!applied || scaled_object(now).is_object());
    });
  }
  bool event(const std::string& wanted) {
    return eventually([&] {
      const auto events = admin_.list({"events.k8s.io", "v1", "events", "Event"}, ns_, 100);
      return events && std::ranges::any_of(events->items, [&](const Json& one) {
               return kube::text_at(one, "/reason") == wanted && kube::text_at(one, "/type") == "Warning";
             });
    });
  }

  static inline std::unique_ptr<test::KafkaBroker> kafka_;
  const std::string ns_ = make_namespace();
  const std::string scaler_address_ = "127.0.0.1:" + std::to_string(test::free_port());
  std::unique_ptr<test::Process> scaler_, controller_;
};

TEST_F(ControllerTest, AGroupGetsItsStatusAndOneScaledObject) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied")) << group().dump(2) << controller_->log();
  const auto now = group();
  EXPECT_EQ(kube::int_at(now, "/status/replicas"), 1);
  EXPECT_EQ(kube::text_at(now, "/status/selector"), "weir.dev/consumergroup-uid=" + kube::uid_of(made));
  EXPECT_EQ(kube::int_at(now, "/status/partitions"), 12);
  EXPECT_EQ(kube::int_at(now, "/status/observedGeneration"), kube::int_at(now, "/metadata/generation"));
  const auto scaled = scaled_object(made);
  EXPECT_EQ(kube::int_at(scaled, "/spec/maxReplicaCount"), 12) << "as many as there are partitions";
  EXPECT_EQ(kube::text_at(scaled, "/metadata/ownerReferences/0/uid"), kube::uid_of(made));
  EXPECT_EQ(kube::text_at(scaled, "/spec/triggers/0/metadata/consumerGroupRef"), "orders");
  EXPECT_EQ(kube::text_at(scaled, "/spec/advanced/horizontalPodAutoscalerConfig/behavior/scaleUp/tolerance"), "0");
  EXPECT_THAT(cluster_->kubectl("-n " + ns_ + " get --raw /apis/weir.dev/v1alpha1/namespaces/" + ns_ +
                                "/consumergroups/orders/scale"),
              HasSubstr("weir.dev/consumergroup-uid="));
}

TEST_F(ControllerTest, TheScalerIsReachedOverTlsByWhoShowsACertificate) {
  controller_.reset();
  scaler_.reset();
  start_scaler({"--tls-cert", pki("apiserver.crt"), "--tls-key", pki("apiserver.key"), "--tls-client-ca", pki("ca.crt"),
                "--allowed-client", "admin"});
  controller_ = start_controller({"--scaler-ca", pki("ca.crt"), "--scaler-cert", pki("admin.crt"), "--scaler-key",
                                  pki("admin.key"), "--scaler-authentication", "weir"});
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied")) << controller_->log() << scaler_->log();
  EXPECT_EQ(kube::int_at(group(), "/status/partitions"), 12);
  const auto trigger = kube::at(scaled_object(made), "/spec/triggers/0");
  EXPECT_EQ(kube::text_at(trigger, "/metadata/enableTLS"), "true");
  EXPECT_EQ(kube::text_at(trigger, "/authenticationRef/name"), "weir");
  EXPECT_EQ(kube::text_at(trigger, "/authenticationRef/kind"), "ClusterTriggerAuthentication");
}

TEST_F(ControllerTest, LagOfAGroupIsAskedForByItsName) {
  make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto printed = cluster_->directory() / "lag.json";
  const auto command = fmt::format("'{}' lag --consumergroup {}/orders --kubeconfig '{}' --scaler {} -o json >'{}'",
                                   WEIR_BIN, ns_, cluster_->admin().string(), scaler_address_, printed.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(printed);
  const auto told = Json::parse(file);
  EXPECT_EQ(told.at("group"), "orders") << told.dump(2);
  const auto missing = fmt::format("'{}' lag --consumergroup {}/nobody --kubeconfig '{}' 2>/dev/null", WEIR_BIN, ns_,
                                   cluster_->admin().string());
  EXPECT_EQ(WEXITSTATUS(std::system(missing.c_str())), 1);
}

TEST_F(ControllerTest, StatusFollowsReplicasAndNobodyElseWritesThem) {
  auto disabled = orders();
  disabled["spec"]["scaling"] = {{"class", "disabled"}};
  make(disabled);
  ASSERT_TRUE(reason("AutoscalingDisabled"));
  cluster_->kubectl("-n " + ns_ + " scale consumergroup orders --replicas=60");
  EXPECT_TRUE(eventually([&] { return kube::int_at(group(), "/status/replicas") == 60; }));
  EXPECT_EQ(kube::int_at(group(), "/spec/replicas"), 60);
}

TEST_F(ControllerTest, DisablingRemovesTheScaledObjectAndKeepsTheReplicas) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  cluster_->kubectl("-n " + ns_ + " scale cg orders --replicas=9");
  patch({{"metadata", {{"annotations", {{"autoscaling.eventing.knative.dev/class", "disabled"}}}}}});
  EXPECT_TRUE(reason("AutoscalingDisabled"));
  EXPECT_TRUE(eventually([&] { return scaled_object(made).is_null(); }));
  EXPECT_EQ(kube::int_at(group(), "/spec/replicas"), 9);
  patch({{"metadata", {{"annotations", {{"autoscaling.eventing.knative.dev/class", nullptr}}}}}});
  EXPECT_TRUE(eventually([&] { return scaled_object(made).is_object(); })) << "and enabling brings it back";
}

TEST_F(ControllerTest, TheOldAnnotationsOfTheDemonstrationReachTheScaledObject) {
  auto demo = orders();
  demo["metadata"]["annotations"] = {{"autoscaling.knative.dev/class", "keda.autoscaling.knative.dev"},
                                     {"autoscaling.knative.dev/minScale", "0"},
                                     {"autoscaling.knative.dev/maxScale", "10"},
                                     {"keda.autoscaling.knative.dev/pollingInterval", "3"},
                                     {"keda.autoscaling.knative.dev/cooldownPeriod", "11"},
                                     {"keda.autoscaling.knative.dev/kafkaLagThreshold", "20"}};
  const auto made = make(demo);
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto scaled = scaled_object(made);
  EXPECT_EQ(kube::int_at(scaled, "/spec/maxReplicaCount"), 10);
  EXPECT_EQ(kube::int_at(scaled, "/spec/pollingInterval"), 3);
  EXPECT_EQ(kube::int_at(scaled, "/spec/cooldownPeriod"), 11);
  EXPECT_EQ(kube::text_at(scaled, "/spec/triggers/0/metadata/lagThreshold"), "20");
}

TEST_F(ControllerTest, AWrongAnnotationIsSaidAndChangesNothing) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto before = scaled_object(made);
  patch({{"metadata", {{"annotations", {{"autoscaling.weir.dev/max-scale", "-3"}}}}}});
  EXPECT_TRUE(reason("InvalidScaling"));
  EXPECT_TRUE(event("InvalidScaling"));
  EXPECT_EQ(scaled_object(made), before);
  EXPECT_THAT(cluster_->kubectl("-n " + ns_ + " get cg orders -o json"),
              HasSubstr("must be a whole number from 1 to 10000"));
}

TEST_F(ControllerTest, AnotherScaledObjectOnTheGroupIsAConflict) {
  const Json rival{
      {"apiVersion", "keda.sh/v1alpha1"},
      {"kind", "ScaledObject"},
      {"metadata", {{"namespace", ns_}, {"name", "mine"}}},
      {"spec",
       {{"scaleTargetRef", {{"apiVersion", "weir.dev/v1alpha1"}, {"kind", "ConsumerGroup"}, {"name", "orders"}}},
        {"triggers", Json::array({Json{{"type", "cron"}, {"metadata", Json::object()}}})}}}};
  const auto mine = admin_.create(scaled_object_resource(), rival);
  ASSERT_TRUE(mine) << mine.error().message;
  const auto made = make(orders());
  EXPECT_TRUE(reason("ConflictingScaledObject"));
  EXPECT_TRUE(event("ConflictingScaledObject"));
  EXPECT_TRUE(scaled_object(made).is_null());
  ASSERT_TRUE(admin_.remove(scaled_object_resource(), {ns_, "mine"}, kube::uid_of(*mine)));
  EXPECT_TRUE(reason("ScaledObjectApplied")) << "as soon as it is gone";
}

TEST_F(ControllerTest, MinAboveThePartitionsIsAppliedAndSaid) {
  auto many = orders();
  many["spec"]["scaling"] = {{"min", 20}, {"max", 30}};
  const auto made = make(many);
  EXPECT_TRUE(reason("MinAbovePartitions"));
  EXPECT_EQ(kube::int_at(scaled_object(made), "/spec/maxReplicaCount"), 20);
  EXPECT_TRUE(event("MinAbovePartitions"));
}

TEST_F(ControllerTest, EditsOfTheScaledObjectAreUndoneAndWhatOthersAddStays) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const kube::ObjectKey key{ns_, controller::scaled_object_name(kube::uid_of(made))};
  ASSERT_TRUE(admin_.merge_patch(scaled_object_resource(), key,
                                 {{"metadata", {{"annotations", {{"autoscaling.keda.sh/paused", "true"}}}}},
                                  {"spec", {{"maxReplicaCount", 99}}}}));
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 12; }));
  EXPECT_EQ(kube::text_at(scaled_object(made), "/metadata/annotations/autoscaling.keda.sh~1paused"), "true");
}

TEST_F(ControllerTest, NoScaledObjectIsMadeBeforeTheScalerServesAndOneStandsWhileItIsAway) {
  scaler_.reset();
  const auto made = make(orders());
  EXPECT_TRUE(reason("ScalerUnavailable"));
  EXPECT_TRUE(scaled_object(made).is_null());
  EXPECT_NE(kube::text_at(group(), "/status/selector"), "") << "the scale is whole without it";
  start_scaler();
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto before = scaled_object(made);
  scaler_.reset();
  patch({{"spec", {{"scaling", {{"max", 11}}}}}});
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 11; }))
      << "by the partitions that status holds";
  patch({{"spec", {{"scaling", {{"max", 50}}}}}});
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 12; }));
}

TEST_F(ControllerTest, AMissingTopicIsSaid) {
  auto missing = orders();
  missing["spec"]["topics"] = {"no-such-topic"};
  make(missing);
  EXPECT_TRUE(eventually([&] {
    const Json now = group();
    const Json& lag = controller::find_condition(kube::at(now, "/status/conditions"), "LagKnown");
    return kube::text_at(lag, "/reason") == "NotFound" &&
           kube::text_at(lag, "/message").find("no-such-topic") != std::string::npos;
  })) << group().dump(2);
}

TEST_F(ControllerTest, WhenTheLeaderIsKilledTheOtherTakesOverAndRewritesNothing) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto other = start_controller();
  const auto scaled = scaled_object(made), before = group();
  controller_->signal(SIGKILL);
  const auto killed = std::chrono::steady_clock::now();
  ASSERT_TRUE(admin_.merge_patch(consumer_group_resource(), {ns_, "orders"}, {{"spec", {{"scaling", {{"max", 5}}}}}}));
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 5; }));
  EXPECT_LT(std::chrono::steady_clock::now() - killed, seconds(10)) << "a lease of 3 s";
  patch({{"spec", {{"scaling", {{"max", 50}}}}}});
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 12; }));
}

TEST_F(ControllerTest, ARestartWritesNothingThatIsAsItShouldBe) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  const auto before = group(), scaled = scaled_object(made);
  controller_->signal(SIGTERM);
  EXPECT_EQ(controller_->wait(), 0);
  controller_ = start_controller();
  // Another group shows that the new one works.
  make(orders("another"));
  ASSERT_TRUE(reason("ScaledObjectApplied", "another")) << controller_->log();
  EXPECT_EQ(kube::resource_version_of(group()), kube::resource_version_of(before));
  EXPECT_EQ(kube::resource_version_of(scaled_object(made)), kube::resource_version_of(scaled));
}

TEST_F(ControllerTest, GoesOnAfterTheApiServerWasAway) {
  const auto made = make(orders());
  ASSERT_TRUE(reason("ScaledObjectApplied"));
  cluster_->process("kill", "apiserver");
  cluster_->process("restart", "apiserver");
  ASSERT_TRUE(eventually([&] {
    return admin_.merge_patch(consumer_group_resource(), {ns_, "orders"}, {{"spec", {{"scaling", {{"max", 4}}}}}})
        .has_value();
  }));
  EXPECT_TRUE(eventually([&] { return kube::int_at(scaled_object(made), "/spec/maxReplicaCount") == 4; }, seconds(60)));
  EXPECT_EQ(kube::int_at(group(), "/spec/replicas"), 1);
}

}  // namespace
}  // namespace weir
