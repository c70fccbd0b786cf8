#include <fstream>
#include <string>
#include <vector>

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

// Two tenants, one of which has a password for the broker.
class Tenants : public EndToEnd {
 protected:
  void SetUp() override {
    make_topic(topic_);
    produce(topic_, 2000);
  }

  // That the scaler says so, for the operator of Weir.
  static bool logged(const std::string& words) {
    return eventually([&] { return scaler_->log().find(words) != std::string::npos; }, seconds(60));
  }
  Json trigger(const std::map<std::string, std::string>& more) const {
    std::map<std::string, std::string> metadata{
        {"bootstrapServers", secured()}, {"consumerGroup", topic_}, {"topic", topic_}};
    metadata.insert(more.begin(), more.end());
    return demo_scaled_object("orders", metadata);
  }

  const std::string topic_ = "orders-" + ns_;
};

TEST_F(Tenants, TheSecretOfAnotherNamespaceIsRefusedAndSaid) {
  make_secret(make_namespace());
  make_deployment("orders");
  const auto replicas = history(kDeployments, "orders");
  make(scaled_object_resource(), trigger({{"authSecret", "kafka"}}));
  EXPECT_TRUE(logged("namespace " + ns_ + R"( has no Secret \"kafka\" with the label weir.dev/use=kafka)"))
      << scaler_->log();
  EXPECT_TRUE(eventually([&] { return warned("orders"); })) << "KEDA's event";
  EXPECT_EQ(test::connections_to(secured()), 0);
  EXPECT_EQ(replicas->most(), 1);
  // Its own, a moment later.
  make_secret(ns_);
  EXPECT_TRUE(eventually([&] { return replicas->now() == kPartitions; }, seconds(90))) << scaler_->log();
}

TEST_F(Tenants, TheGroupOfAnotherNamespaceIsRefusedAndSaid) {
  auto group = demo_group("orders");
  group["metadata"]["namespace"] = make_namespace();
  group["spec"]["scaling"]["class"] = "disabled";
  make(consumer_group_resource(), group);
  make_deployment("orders");
  auto scaled = demo_scaled_object("orders", {});
  scaled["spec"]["triggers"][0]["metadata"] = {{"scalerAddress", scaler_address_}, {"consumerGroupRef", "orders"}};
  make(scaled_object_resource(), scaled);
  EXPECT_TRUE(logged(R"(consumerGroupRef \"orders\": namespace )" + ns_ + " has no such ConsumerGroup"))
      << scaler_->log();
  EXPECT_TRUE(eventually([&] { return warned("orders"); })) << "KEDA's event";
}

TEST_F(Tenants, TheProfileOfAnotherNamespaceIsRefusedAndSaid) {
  const auto start_with_profile_for = [](const std::vector<std::string>& namespaces) {
    const auto password = cluster_->directory() / "alice.password";
    std::ofstream(password) << "alice-secret";
    const auto config = cluster_->directory() / "scaler.yaml";
    std::ofstream(config) << fmt::format(
        "clusters: {{prod: {{bootstrapServers: ['{}'], namespaces: [{}],"
        " auth: {{sasl: scram_sha256, username: alice, passwordFile: {}}}}}}}\n",
        secured(), fmt::join(namespaces, ", "), password.string());
    start_scaler({}, {"--config", config.string()});
  };
  const auto other = make_namespace();
  start_with_profile_for({other});
  make_deployment("orders");
  const auto replicas = history(kDeployments, "orders");
  auto scaled = trigger({{"clusterRef", "prod"}});
  scaled["spec"]["triggers"][0]["metadata"].erase("bootstrapServers");
  make(scaled_object_resource(), scaled);
  EXPECT_TRUE(logged(R"(code=PERMISSION_DENIED err="clusterRef \"prod\")")) << scaler_->log();
  EXPECT_TRUE(eventually([&] { return warned("orders"); })) << "KEDA's event";
  EXPECT_EQ(test::connections_to(secured()), 0);
  EXPECT_EQ(replicas->most(), 1);
  // Shared with it as well.
  start_with_profile_for({other, ns_});
  EXPECT_TRUE(eventually([&] { return replicas->now() == kPartitions; }, seconds(90))) << scaler_->log();
  start_scaler();
}

TEST_F(Tenants, AConsumerGroupWithASecretIsScaled) {
  make_secret(ns_);
  auto group = demo_group("orders");
  group["spec"]["bootstrapServers"] = {secured()};
  group["spec"]["topics"] = {topic_};
  group["spec"]["groupId"] = topic_;
  group["spec"]["secretRef"] = {{"name", "kafka"}};
  const auto replicas = history(consumer_group_resource(), "orders");
  make(consumer_group_resource(), group);
  EXPECT_TRUE(eventually([&] { return replicas->now() == kPartitions; }, seconds(60)))
      << object(consumer_group_resource(), "orders").dump(2) << scaler_->log();
  EXPECT_EQ(reason("orders", "LagKnown"), "Measured");
}

}  // namespace
}  // namespace weir
