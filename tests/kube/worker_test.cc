// The reference data plane as a process of its own with the rights of a pool's pod, beside a broker.

#include <csignal>
#include <fstream>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "kube_fixture.h"
#include "pool_account.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/kube_process.h"

namespace weir {
namespace {

using kube::Json;
using std::chrono::seconds;
using ::testing::HasSubstr;

const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
const kube::Resource kPods{"", "v1", "pods", "Pod"};
const kube::Resource kSecrets{"", "v1", "secrets", "Secret"};
constexpr int kPartitions = 4;

class WorkerTest : public KubeTest {
 protected:
  static void SetUpTestSuite() {
    KubeTest::SetUpTestSuite();
    kafka_ = std::make_unique<test::KafkaBroker>(
        std::vector<std::string>{"--listeners", "sasl_plain,ssl_mtls", "--set", "group.initial.rebalance.delay.ms=0"});
    records_ = std::make_unique<test::KafkaAdmin>(kafka_->bootstrap());
  }
  static void TearDownTestSuite() {
    records_.reset();
    kafka_.reset();
    KubeTest::TearDownTestSuite();
  }

  void SetUp() override {
    ns_ = make_namespace();
    topic_ = ns_;
    records_->create_topic(topic_, kPartitions);
    log_ = cluster_->directory() / (ns_ + ".records");
    account_ = std::make_unique<PoolAccount>(*cluster_, admin_, ns_);
    account_->grant_assignments({pod(0), pod(1)});
    kubeconfig_ = account_->kubeconfig();
    for (const int ordinal : {0, 1})
      make(kPods, {{"apiVersion", "v1"},
                   {"kind", "Pod"},
                   {"metadata", {{"namespace", ns_}, {"name", pod(ordinal)}}},
                   {"spec",
                    {{"serviceAccountName", "pool"},
                     {"automountServiceAccountToken", false},
                     {"containers", Json::array({Json{{"name", "consumers"}, {"image", "none"}}})}}}});
  }

  static std::string pod(int ordinal) { return "dispatcher-" + std::to_string(ordinal); }

  void make(const kube::Resource& resource, const Json& object) {
    const auto made = admin_.create(resource, object);
    ASSERT_TRUE(made) << made.error().message;
  }

  std::unique_ptr<test::Process> start(int ordinal = 0, const std::vector<std::string>& flags = {}) {
    std::vector<std::string> command{
        WEIR_WORKER,     "--kubeconfig", kubeconfig_.string(), "--namespace", ns_,        "--pod", pod(ordinal),
        "--log-records", log_.string(),  "--session-timeout",  "6s",          "--resync", "1s"};
    command.insert(command.end(), flags.begin(), flags.end());
    return std::make_unique<test::Process>(command, cluster_->directory() / (ns_ + "-" + pod(ordinal) + ".log"));
  }

  Json group(const std::string& name, int vreplicas) const {
    return {{"namespace", ns_},           {"name", name},
            {"uid", "uid-" + name},       {"generation", 1},
            {"vreplicas", vreplicas},     {"bootstrapServers", {kafka_->bootstrap()}},
            {"topics", {topic_}},         {"groupId", ns_ + "-" + name},
            {"initialOffset", "earliest"}};
  }

  void assign_text(const std::string& text, int ordinal = 0) {
    const Json object{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", {{"namespace", ns_}, {"name", pod(ordinal)}}},
                      {"data", {{"assignment.json", text}}}};
    const auto applied = admin_.apply(kConfigMaps, object, "test");
    ASSERT_TRUE(applied) << applied.error().message;
  }

  void assign(int generation, const std::vector<Json>& groups, int ordinal = 0) {
    assign_text(Json{{"version", 1},
                     {"generation", generation},
                     {"pool", {{"namespace", ns_}, {"name", "dispatcher"}}},
                     {"pod", pod(ordinal)},
                     {"groups", groups}}
                    .dump(),
                ordinal);
  }

  std::string acknowledged(int ordinal = 0) {
    return kube::text_at(get(kPods, {ns_, pod(ordinal)}), "/metadata/annotations/weir.dev~1applied-generation");
  }
  bool acknowledges(int generation, int ordinal = 0, seconds most = seconds(30)) {
    return eventually([&] { return acknowledged(ordinal) == std::to_string(generation); }, most);
  }

  int members(const std::string& name) { return records_->members(ns_ + "-" + name); }
  bool has_members(const std::string& name, int wanted) {
    return eventually([&] { return members(name) == wanted; });
  }

  void produce(int each) {
    for (int partition = 0; partition < kPartitions; ++partition)
      records_->produce(topic_, partition, each);
    produced_ += each;
  }

  // Lines that the workers wrote for records of a group, and how many different ones.
  std::pair<int, int> seen(const std::string& name) const {
    std::ifstream file(log_);
    std::set<std::string> different;
    int lines = 0;
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with(ns_ + "-" + name + " ")) continue;
      ++lines;
      different.insert(line);
    }
    return {lines, static_cast<int>(different.size())};
  }
  bool sees_all(const std::string& name, seconds most = seconds(60)) {
    return eventually([&] { return seen(name).second == produced_ * kPartitions; }, most);
  }

  static inline std::unique_ptr<test::KafkaBroker> kafka_;
  static inline std::unique_ptr<test::KafkaAdmin> records_;
  std::string ns_, topic_;
  std::unique_ptr<PoolAccount> account_;
  std::filesystem::path kubeconfig_, log_;
  int produced_ = 0;  // in each partition
};

TEST_F(WorkerTest, RunsWhatItIsAssignedAndFollowsChanges) {
  produce(100);
  const auto worker = start();
  assign(1, {group("orders", 2)});
  EXPECT_TRUE(acknowledges(1)) << worker->log();
  EXPECT_TRUE(has_members("orders", 2)) << worker->log();
  EXPECT_TRUE(sees_all("orders")) << worker->log();

  assign(2, {group("orders", 3), group("audit", 1)});
  EXPECT_TRUE(acknowledges(2));
  EXPECT_TRUE(has_members("orders", 3) && has_members("audit", 1)) << worker->log();
  produce(100);
  EXPECT_TRUE(sees_all("orders") && sees_all("audit")) << worker->log();

  assign(3, {group("orders", 1)});
  EXPECT_TRUE(acknowledges(3));
  EXPECT_EQ(members("orders"), 1);
  EXPECT_EQ(members("audit"), 0) << "acknowledged before it had left";
  produce(100);
  EXPECT_TRUE(sees_all("orders"));

  worker->signal(SIGTERM);
  EXPECT_EQ(worker->wait(), 0);
  EXPECT_THAT(worker->log(), HasSubstr("drained"));
  EXPECT_EQ(members("orders"), 0);
  EXPECT_EQ(seen("orders").first, 3 * 100 * kPartitions) << "a record came twice though every member left in order";
}

TEST_F(WorkerTest, WhatEndedInOrderGoesOnWhereItWas) {
  produce(50);
  assign(1, {group("orders", 2)});
  {
    const auto worker = start();
    ASSERT_TRUE(sees_all("orders")) << worker->log();
    worker->signal(SIGTERM);
    EXPECT_EQ(worker->wait(), 0);
  }
  produce(50);
  const auto worker = start();
  ASSERT_TRUE(sees_all("orders")) << worker->log();
  EXPECT_EQ(seen("orders").first, 100 * kPartitions);
}

TEST_F(WorkerTest, StandsStillWhenInDoubt) {
  const auto worker = start();
  assign(5, {group("orders", 2)});
  ASSERT_TRUE(acknowledges(5) && has_members("orders", 2)) << worker->log();

  assign(4, {});
  assign_text("no JSON");
  assign_text(Json{{"version", 2}, {"generation", 9}, {"groups", Json::array()}}.dump());
  ASSERT_TRUE(eventually([&] { return worker->log().find("version 2 is not 1") != std::string::npos; }))
      << worker->log();
  cluster_->kubectl("-n " + ns_ + " delete configmap " + pod(0));
  produce(50);
  EXPECT_TRUE(sees_all("orders")) << worker->log();
  EXPECT_EQ(members("orders"), 2);
  EXPECT_EQ(acknowledged(), "5");

  assign(6, {group("orders", 1)});
  EXPECT_TRUE(acknowledges(6)) << worker->log();
  EXPECT_TRUE(has_members("orders", 1));
}

TEST_F(WorkerTest, CredentialsComeFromTheTenantsSecrets) {
  account_->grant("secrets", {"get"}, {"kafka"});
  const auto from = [&](const char* key) { return Json{{"namespace", ns_}, {"name", "kafka"}, {"key", key}}; };
  auto plain = group("plain", 1), tls = group("tls", 1), mixed = group("mixed", 1);
  plain["bootstrapServers"] = {kafka_->bootstrap("sasl_plain")};
  plain["auth"] = {{"sasl", {{"usernameFrom", from("user")}, {"passwordFrom", from("password")}}}};
  tls["bootstrapServers"] = {kafka_->bootstrap("ssl_mtls")};
  tls["auth"] = {
      {"tls", {{"enabled", true}, {"caFrom", from("ca")}, {"certFrom", from("cert")}, {"keyFrom", from("key")}}}};
  mixed["bootstrapServers"] = {kafka_->bootstrap("sasl_plain")};
  mixed["auth"] = {{"secretRef", {{"namespace", ns_}, {"name", "kafka"}}}};
  produce(20);
  const auto worker = start();
  assign(1, {plain, tls, mixed, group("open", 1)});
  ASSERT_TRUE(sees_all("open")) << "a group waited for another's Secret: " << worker->log();
  EXPECT_EQ(acknowledged(), "") << "acknowledged without its Secret";

  const auto secret = [&](const std::string& brokers, const Json& labels) {
    const Json object{{"apiVersion", "v1"},
                      {"kind", "Secret"},
                      {"metadata", {{"namespace", ns_}, {"name", "kafka"}, {"labels", labels}}},
                      {"stringData",
                       {{"user", "alice"},
                        {"sasl", "plaintext"},
                        {"username", "alice"},
                        {"password", "alice-secret"},
                        {"ca", kafka_->file("pki/ca.crt")},
                        {"cert", kafka_->file("pki/client.crt")},
                        {"key", kafka_->file("pki/client.key")},
                        {"bootstrapServers", brokers}}}};
    const auto applied = admin_.apply(kSecrets, object, "test");
    ASSERT_TRUE(applied) << applied.error().message;
  };
  const auto says = [&](const char* text) {
    return eventually([&] { return worker->log().find(text) != std::string::npos; });
  };
  secret("elsewhere:9092", {{"weir.dev/use", "other"}});
  EXPECT_TRUE(says("is not labelled weir.dev/use=kafka")) << worker->log();
  secret("elsewhere:9092", {{"weir.dev/use", "kafka"}});
  EXPECT_TRUE(says("does not name broker")) << worker->log();
  secret(kafka_->bootstrap("sasl_plain") + "," + kafka_->bootstrap("ssl_mtls"), {{"weir.dev/use", "kafka"}});
  EXPECT_TRUE(acknowledges(1)) << worker->log();
  EXPECT_TRUE(sees_all("plain") && sees_all("tls") && sees_all("mixed")) << worker->log();
  EXPECT_THAT(worker->log(), ::testing::Not(HasSubstr("alice-secret")));

  // A Secret that is gone ends no consumer.
  cluster_->kubectl("-n " + ns_ + " delete secret kafka");
  EXPECT_TRUE(says("not found")) << worker->log();
  produce(20);
  EXPECT_TRUE(sees_all("plain")) << worker->log();
}

TEST_F(WorkerTest, GoesOnWithoutTheApiServerAndTheBroker) {
  const auto worker = start();
  assign(1, {group("orders", 2)});
  ASSERT_TRUE(acknowledges(1) && has_members("orders", 2)) << worker->log();

  cluster_->process("kill", "apiserver");
  produce(50);
  EXPECT_TRUE(sees_all("orders")) << worker->log();
  cluster_->process("restart", "apiserver");
  assign(2, {group("orders", 3)});
  EXPECT_TRUE(acknowledges(2, 0, seconds(60)) && has_members("orders", 3)) << worker->log();

  kafka_->stop();
  kafka_->restart();
  produce(50);
  EXPECT_TRUE(sees_all("orders")) << worker->log();

  // With nobody to take its commits it ends all the same.
  kafka_->kill();
  worker->signal(SIGTERM);
  const auto told = std::chrono::steady_clock::now();
  EXPECT_EQ(worker->wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - told, seconds(15));
  kafka_->restart();
}

TEST_F(WorkerTest, WhatAKilledWorkerLeavesIsConsumedByOthers) {
  const auto first = start(0, {"--record-delay", "5ms"});
  const auto second = start(1, {"--record-delay", "5ms"});
  assign(1, {group("orders", 2)}, 0);
  assign(1, {group("orders", 2)}, 1);
  ASSERT_TRUE(has_members("orders", 4)) << first->log() << second->log();
  produce(500);
  ASSERT_TRUE(eventually([&] { return seen("orders").second > 100; }));
  first->signal(SIGKILL);
  EXPECT_TRUE(sees_all("orders")) << second->log();
  EXPECT_TRUE(has_members("orders", 2));
}

}  // namespace
}  // namespace weir
