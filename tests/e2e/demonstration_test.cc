#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "controller/kafka_source.h"
#include "e2e_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kHpaSync{15};
constexpr seconds kCooldown{10};

double since(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

// One thing that is scaled: a topic, a group and a target, all of one name.
struct Case {
  std::string name;
  kube::Resource target;
  std::unique_ptr<ReplicaHistory> replicas = nullptr;
};

class Demonstration : public EndToEnd {
 protected:
  void SetUp() override {
    for (const char* name : {"group", "source", "headroom", "tolerance"})
      make_topic(name);
    make_secret(ns_);
    make(controller::kafka_source_resource("v1beta1"), demo_source("source"));
    cases_.push_back({"source", consumer_group_resource()});
    cases_.push_back({"group", consumer_group_resource()});
    make(consumer_group_resource(), demo_group("group"));
    // A Deployment with headroom in the metric, as older API servers need it, and one with the HPA's own tolerance.
    const Json behavior{{"scaleUp",
                         {{"stabilizationWindowSeconds", 0},
                          {"policies", Json::array({Json{{"type", "Pods"}, {"value", 12}, {"periodSeconds", 15}}})}}}};
    for (const char* name : {"headroom", "tolerance"}) {
      make_deployment(name);
      const bool headroom = name == std::string("headroom");
      auto scaled = demo_scaled_object(name, headroom ? std::map<std::string, std::string>{{"hpaMaxReplicas", "12"}}
                                                      : std::map<std::string, std::string>{});
      auto own = behavior;
      if (!headroom) own["scaleUp"]["tolerance"] = "0";
      scaled["spec"]["advanced"] = {{"horizontalPodAutoscalerConfig", {{"behavior", own}}}};
      make(scaled_object_resource(), scaled);
      cases_.push_back({name, kDeployments});
    }
    for (Case& one : cases_)
      one.replicas = history(one.target, one.name);
  }

  // The KafkaSource of the KnativeCon demonstration: annotations of the time, a password from keys of any name.
  Json demo_source(const std::string& name) const {
    const auto from = [](const char* key) { return Json{{"secretKeyRef", {{"name", "kafka"}, {"key", key}}}}; };
    return {
        {"apiVersion", "sources.knative.dev/v1beta1"},
        {"kind", "KafkaSource"},
        {"metadata",
         {{"namespace", ns_},
          {"name", name},
          {"annotations",
           {{"autoscaling.knative.dev/class", "keda.autoscaling.knative.dev"},
            {"autoscaling.knative.dev/minScale", "0"},
            {"autoscaling.knative.dev/maxScale", "12"},
            {"keda.autoscaling.knative.dev/pollingInterval", "3"},
            {"keda.autoscaling.knative.dev/cooldownPeriod", "10"},
            {"keda.autoscaling.knative.dev/kafkaLagThreshold", "50"}}}}},
        {"spec",
         {{"bootstrapServers", {secured()}},
          {"topics", {name}},
          {"consumerGroup", name},
          {"consumers", 12},
          {"net",
           {{"sasl",
             {{"enable", true}, {"type", from("sasl")}, {"user", from("username")}, {"password", from("password")}}}}},
          {"sink", {{"uri", "http://127.0.0.1:1"}}}}}};
  }

  // Seconds until every target has that many replicas; a failure when it takes longer than `most`.
  double all_reach(std::int64_t wanted, seconds most) {
    const auto start = steady_clock::now();
    for (const Case& one : cases_) {
      EXPECT_TRUE(eventually([&] { return one.replicas->now() == wanted; }, most))
          << one.name << " had " << fmt::format("{}", one.replicas->all());
    }
    return since(start);
  }
  // That nothing but the same number is there for so long.
  void stay(std::int64_t wanted, seconds time) {
    for (const Case& one : cases_)
      one.replicas->restart();
    std::this_thread::sleep_for(time);
    for (const Case& one : cases_)
      EXPECT_EQ(one.replicas->all(), std::vector{wanted}) << one.name;
  }
  void restart_histories() {
    for (const Case& one : cases_)
      one.replicas->restart();
  }

  std::vector<Case> cases_;
};

TEST_F(Demonstration, FromIdleToOneToTwelveAndBack) {
  all_reach(0, seconds(60));
  ASSERT_TRUE(watches(4 * kPartitions)) << scaler_->log();

  for (const Case& one : cases_) {
    const auto start = steady_clock::now();
    produce_to(one.name, 5, 1);
    EXPECT_TRUE(eventually([&] { return one.replicas->now() == 1; }, seconds(10))) << one.name;
    const double took = since(start);
    EXPECT_LE(took, 1.0) << one.name;
    fmt::print("{}: 0 to 1 in {:.3f} s\n", one.name, took);
  }

  for (const Case& one : cases_)
    produce(one.name, 2000);
  fmt::print("1 to 12 in {:.1f} s\n", all_reach(kPartitions, seconds(30)));

  EXPECT_TRUE(eventually([&] {
    const auto source = object(controller::kafka_source_resource("v1"), "source");
    return kube::int_at(source, "/status/consumers") == kPartitions &&
           kube::text_at(controller::find_condition(kube::at(source, "/status/conditions"), "WeirReady"), "/status") ==
               "True";
  })) << object(controller::kafka_source_resource("v1"), "source").dump(2);

  // 24,000 records behind, and no more than there are partitions; also from one below, within two syncs of the HPA.
  restart_histories();
  for (const Case& one : cases_)
    scale(one.target, one.name, 11);
  fmt::print("11 to 12 in {:.1f} s\n", all_reach(kPartitions, 2 * kHpaSync + seconds(5)));
  for (const Case& one : cases_)
    EXPECT_LE(one.replicas->most(), kPartitions) << one.name << " had " << fmt::format("{}", one.replicas->all());

  // Applying it again and editing it change nothing about that.
  cluster_->kubectl("apply -f -", demo_group("group").dump());
  cluster_->kubectl("apply --server-side --force-conflicts -f -", demo_group("group").dump());
  ASSERT_TRUE(admin_.merge_patch(consumer_group_resource(), {ns_, "group"},
                                 {{"spec", {{"scaling", {{"cooldownPeriod", kCooldown.count()}}}}}}));
  // Lag of exactly 12 replicas' worth, and one of them gone: the count that was accepted stands.
  for (const Case& one : cases_)
    leave_unread(one.name, 50);
  ASSERT_TRUE(
      admin_.merge_patch(consumer_group_resource(), {ns_, "group"}, {{"status", {{"readyReplicas", 11}}}}, "status"));
  stay(kPartitions, 2 * kHpaSync);

  const auto drained = steady_clock::now();
  for (const Case& one : cases_)
    leave_unread(one.name, 0);
  std::this_thread::sleep_for(kCooldown - seconds(3));
  for (const Case& one : cases_)
    EXPECT_EQ(one.replicas->now(), kPartitions) << one.name << ": not before the cooldown is over";
  all_reach(0, seconds(40));
  fmt::print("12 to 0 in {:.1f} s with a cooldown of {} s\n", since(drained), kCooldown.count());
}

}  // namespace
}  // namespace weir
