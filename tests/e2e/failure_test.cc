#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/kubeconfig_file.h"
#include "controller/consumer_group.h"
#include "e2e_fixture.h"
#include "http/client.h"

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

// The API server as seen through tests/support/kube_faults.py.
class FaultyApiServer {
 public:
  explicit FaultyApiServer(const test::KubeCluster& cluster)
      : directory_(cluster.directory()),
        server_(cli::read_client_config(cluster.admin()).value().server),
        process_({WEIR_PYTHON, WEIR_KUBE_FAULTS, "--port", std::to_string(port_), "--server", server_, "--ca",
                  (directory_ / "pki/ca.crt").string()},
                 directory_ / "faults.log") {
    EXPECT_TRUE(eventually([this] { return become("none") >= 0; })) << process_.log();
  }

  // The same user, by this way.
  std::filesystem::path kubeconfig(const std::filesystem::path& of) const {
    std::ifstream in(of);
    std::string text(std::istreambuf_iterator<char>(in), {});
    text.replace(text.find(server_), server_.size(), "http://127.0.0.1:" + std::to_string(port_));
    const auto path = directory_ / ("faulty-" + of.filename().string());
    std::ofstream(path) << text;
    return path;
  }

  // How many requests came since the last change; -1: it does not answer.
  int become(const std::string& kind) const {
    http::Request request;
    request.method = "POST";
    request.url = fmt::format("http://127.0.0.1:{}/faults?kind={}", port_, kind);
    const auto answer = http::Client().send(request);
    return answer && answer->status == 200 ? Json::parse(answer->body).at("requests").get<int>() : -1;
  }

 private:
  const std::filesystem::path directory_;
  const std::string server_;
  const int port_ = test::free_port();
  const test::Process process_;
};

TEST_F(Failure, WhateverTheApiServerAnswersReplicasStayAndWorkGoesOn) {
  const FaultyApiServer api(*cluster_);
  start_scaler(api.kubeconfig(cluster_->scaler()));
  start_controller(api.kubeconfig(cluster_->controller()));
  const auto scaled_object = [&] {
    return controller::scaled_object_name(kube::uid_of(object(consumer_group_resource(), "orders")));
  };
  const auto cooldown_follows = [&](int cooldown) {
    EXPECT_TRUE(admin_.merge_patch(consumer_group_resource(), {ns_, "orders"},
                                   {{"spec", {{"scaling", {{"cooldownPeriod", cooldown}}}}}}));
    return eventually(
        [&] {
          return kube::int_at(object(scaled_object_resource(), scaled_object()), "/spec/cooldownPeriod") == cooldown;
        },
        seconds(40));
  };
  int cooldown = 10;
  ASSERT_TRUE(cooldown_follows(++cooldown)) << controller_->log();
  constexpr seconds kTrouble{10};
  for (const char* kind : {"cut", "gone", "busy", "failing", "torn", "slow"}) {
    SCOPED_TRACE(kind);
    api.become(kind);
    std::this_thread::sleep_for(kTrouble);
    const int requests = api.become("none");
    fmt::print("{}: {} requests of controller and scaler in {} s\n", kind, requests, kTrouble.count());
    EXPECT_LE(requests, 150);
    EXPECT_TRUE(cooldown_follows(++cooldown)) << controller_->log();
    EXPECT_TRUE(controller_->running());
    EXPECT_TRUE(scaler_->running());
    EXPECT_EQ(replicas_->all(), std::vector<std::int64_t>{kPartitions}) << fmt::format("{}", replicas_->all());
  }
  start_scaler();
  start_controller();
}

}  // namespace
}  // namespace weir
