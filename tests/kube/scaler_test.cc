#include <fstream>

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "controller/consumer_group.h"
#include "http/client.h"
#include "kube_fixture.h"
#include "rpc/scaler_client.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/kube_process.h"

namespace weir {
namespace {

using base::ErrorCode;
using kube::Json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using Metadata = std::map<std::string, std::string>;

const kube::Resource kSecrets{"", "v1", "secrets", "Secret"};

// A port where somebody waits for a password.
class Trap {
 public:
  Trap() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Trap() { close(socket_); }
  Trap(const Trap&) = delete;
  Trap& operator=(const Trap&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  bool caught() const {
    const int connection = accept(socket_, nullptr, nullptr);
    if (connection >= 0) close(connection);
    return connection >= 0;
  }

 private:
  int socket_;
  int port_ = 0;
};

// The scaler as a process of its own with its ServiceAccount, beside a broker that wants a password.
class ScalerInACluster : public KubeTest {
 protected:
  static void SetUpTestSuite() {
    KubeTest::SetUpTestSuite();
    kafka_ = std::make_unique<test::KafkaBroker>(std::vector<std::string>{"--listeners", "sasl_scram"});
    test::KafkaAdmin admin(kafka_->bootstrap());
    admin.create_topic("orders", 1);
    admin.produce("orders", 0, 70);
    admin.commit("billing", "orders", {{0, 0}});
    for (const char* kind : {"scaledobjects", "scaledjobs"})
      cluster_->install_crd(test::keda_crd(kind));
  }
  static void TearDownTestSuite() {
    kafka_.reset();
    KubeTest::TearDownTestSuite();
  }

  void SetUp() override { start_scaler({"--kubeconfig", cluster_->scaler().string()}); }

  void start_scaler(const std::vector<std::string>& options) {
    std::vector<std::string> command{WEIR_BIN,
                                     "scaler",
                                     "--listen",
                                     scaler_address_,
                                     "--http-listen",
                                     "127.0.0.1:" + std::to_string(http_port_),
                                     "--refresh-interval",
                                     "500ms"};
    command.insert(command.end(), options.begin(), options.end());
    scaler_.reset();
    scaler_ = std::make_unique<test::Process>(command, cluster_->directory() / "scaler.log");
    ASSERT_TRUE(eventually([&] { return ready(); })) << scaler_->log();
  }
  bool ready() const {
    http::Request request;
    request.url = "http://127.0.0.1:" + std::to_string(http_port_) + "/readyz";
    const auto answer = http::Client().send(request);
    return answer && answer->status == 200;
  }

  std::string brokers() const { return kafka_->bootstrap("sasl_scram"); }
  Metadata metadata() const {
    return {{"bootstrapServers", brokers()},
            {"consumerGroup", "billing"},
            {"topic", "orders"},
            {"authSecret", "kafka"},
            {"lagThreshold", "10"}};
  }
  void make_secret(const std::string& password, const Json& labels = {{"weir.dev/use", "kafka"}}) {
    const Json secret{
        {"apiVersion", "v1"},
        {"kind", "Secret"},
        {"metadata", {{"namespace", ns_}, {"name", "kafka"}, {"labels", labels}}},
        {"stringData",
         {{"sasl", "scram_sha256"}, {"username", "alice"}, {"password", password}, {"bootstrapServers", brokers()}}}};
    const auto made = admin_.apply(kSecrets, secret, "tester");
    ASSERT_TRUE(made) << made.error().message;
  }
  // A ScaledObject or ScaledJob `orders` with one trigger.
  void make_scaled(const std::string& kind, const Metadata& metadata) {
    const bool job = kind == "ScaledJob";
    const Json pod{{"spec", {{"containers", Json::array({Json{{"name", "one"}, {"image", "none"}}})}}}};
    Json scaled{{"apiVersion", "keda.sh/v1alpha1"},
                {"kind", kind},
                {"metadata", {{"namespace", ns_}, {"name", "orders"}}},
                {"spec", {{"triggers", Json::array({Json{{"type", "external-push"}, {"metadata", metadata}}})}}}};
    if (job)
      scaled["spec"]["jobTargetRef"] = {{"template", pod}};
    else
      scaled["spec"]["scaleTargetRef"] = {{"name", "orders"}};
    const auto made =
        admin_.apply({"keda.sh", "v1alpha1", job ? "scaledjobs" : "scaledobjects", kind}, scaled, "tester");
    ASSERT_TRUE(made) << made.error().message;
  }
  std::string make_group() {
    auto group = group_yaml(ns_, "orders");
    group["spec"]["bootstrapServers"] = {brokers()};
    group["spec"]["groupId"] = "billing";
    group["spec"]["secretRef"] = {{"name", "kafka"}};
    group["spec"]["scaling"] = {{"lagThreshold", 10}};
    const auto made = admin_.create(controller::consumer_group_resource(), group);
    EXPECT_TRUE(made) << made.error().message;
    return kube::uid_of(made.value_or(Json()));
  }

  base::Result<double> ask(const Metadata& sent, const std::string& name = "orders", const std::string& ns = "") const {
    return client_.get_metric({ns.empty() ? ns_ : ns, name, sent}, "");
  }
  bool answers(double wanted, const Metadata& sent, const std::string& name = "orders") const {
    return eventually([&] { return ask(sent, name) == wanted; }, seconds(15));
  }
  // What is refused in the end, after the time in which it may still turn up.
  base::Error refusal(const Metadata& sent, const std::string& name = "orders", const std::string& ns = "") const {
    base::Error last;
    eventually([&] {
      const auto answer = ask(sent, name, ns);
      if (!answer) last = answer.error();
      return answer.has_value() || last.code != ErrorCode::kUnavailable;
    });
    return last;
  }

  static inline std::unique_ptr<test::KafkaBroker> kafka_;
  const std::string ns_ = make_namespace();
  const std::string scaler_address_ = "127.0.0.1:" + std::to_string(test::free_port());
  const int http_port_ = test::free_port();
  std::unique_ptr<test::Process> scaler_;
  rpc::ScalerClient client_{scaler_address_, seconds(5)};
};

TEST_F(ScalerInACluster, ReadsTheSecretOfATriggerThatExistsAndFollowsItsRotation) {
  make_secret("wrong");
  make_scaled("ScaledObject", metadata());
  EXPECT_TRUE(eventually([&] {
    const auto answer = ask(metadata());
    return !answer && answer.error().code == ErrorCode::kUnauthenticated;
  })) << scaler_->log();
  make_secret("alice-secret");
  EXPECT_TRUE(answers(10, metadata())) << ask(metadata()).error().message;
  make_secret("wrong again");
  EXPECT_TRUE(eventually([&] { return !ask(metadata()); })) << "and the other way";
}

TEST_F(ScalerInACluster, AClientThatMerelyPosesAsANamespaceGetsNothing) {
  const Trap trap;
  make_secret("alice-secret");
  make_scaled("ScaledObject", metadata());
  ASSERT_TRUE(answers(10, metadata()));
  auto redirected = metadata();
  redirected["bootstrapServers"] = trap.address();
  auto refused = refusal(redirected);
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied) << refused.message;
  EXPECT_THAT(refused.message, HasSubstr("no ScaledObject or ScaledJob " + ns_ + "/orders has a trigger with this"));
  refused = refusal(metadata(), "another");
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied) << refused.message;
  // Somebody else's words do not open this namespace's Secret either.
  const auto other = make_namespace();
  refused = refusal(metadata(), "orders", other);
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied) << refused.message;
  EXPECT_FALSE(trap.caught());
  EXPECT_THAT(scaler_->log(), HasSubstr("has a trigger with this metadata"));
}

TEST_F(ScalerInACluster, ASecretGoesOnlyWhereItNamesAndOnlyWithItsLabel) {
  const Trap trap;
  make_secret("alice-secret");
  auto redirected = metadata();
  redirected["bootstrapServers"] = trap.address();
  make_scaled("ScaledObject", redirected);
  auto refused = refusal(redirected);
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.message, HasSubstr("may not be used with this broker"));
  EXPECT_FALSE(trap.caught());
  make_scaled("ScaledObject", metadata());
  ASSERT_TRUE(answers(10, metadata()));
  make_secret("alice-secret", {{"weir.dev/use", "other"}});
  EXPECT_TRUE(eventually([&] {
    const auto answer = ask(metadata());
    return !answer && answer.error().message.find("with the label weir.dev/use=kafka") != std::string::npos;
  }));
}

TEST_F(ScalerInACluster, WhatKedaMaySendIsNotRefused) {
  make_secret("alice-secret");
  // The first call comes right behind the object, as KEDA's does.
  auto written = metadata();
  written["topicFromEnv"] = "TOPIC";
  written.erase("topic");
  auto sent = written;
  sent["topicFromEnv"] = "orders";
  make_scaled("ScaledObject", written);
  EXPECT_TRUE(answers(10, sent)) << "the value of a variable";
  auto edited = metadata();
  edited["lagThreshold"] = "70";
  make_scaled("ScaledObject", edited);
  EXPECT_TRUE(answers(70, edited)) << ask(edited).error().message;
  EXPECT_EQ(ask(sent), 10) << "as it was before the edit";
  auto job = metadata();
  job["lagThreshold"] = "35";
  make_scaled("ScaledJob", job);
  EXPECT_TRUE(answers(35, job)) << ask(job).error().message;
}

TEST_F(ScalerInACluster, AGroupIsReadAsItSaysAndOnlyInItsNamespace) {
  make_secret("alice-secret");
  const auto own = controller::scaled_object_name(make_group());
  const Metadata by_name{{"consumerGroupRef", "orders"}, {"bootstrapServers", "127.0.0.1:1"}, {"topic", "elsewhere"}};
  EXPECT_TRUE(answers(10, by_name, own)) << "the controller asks before there is a ScaledObject";
  make_scaled("ScaledObject", {{"consumerGroupRef", "orders"}});
  EXPECT_TRUE(answers(10, {{"consumerGroupRef", "orders"}})) << "a ScaledObject of the user's";
  EXPECT_EQ(refusal(by_name, "stranger").code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(refusal(by_name, own, make_namespace()).code, ErrorCode::kPermissionDenied);
  ASSERT_TRUE(admin_.merge_patch(controller::consumer_group_resource(), {ns_, "orders"},
                                 {{"spec", {{"scaling", {{"lagThreshold", 7}}}}}}));
  EXPECT_TRUE(answers(7, by_name, own)) << "an edit of the group";
}

TEST_F(ScalerInACluster, WhoIsBelievedStaysSoWhileTheApiServerIsAway) {
  make_secret("alice-secret");
  make_scaled("ScaledObject", metadata());
  ASSERT_TRUE(answers(10, metadata()));
  cluster_->process("kill", "apiserver");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(ask(metadata()), 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  auto unknown = metadata();
  unknown["lagThreshold"] = "1";
  EXPECT_FALSE(ask(unknown));
  cluster_->process("restart", "apiserver");
  make_scaled("ScaledObject", unknown);
  EXPECT_TRUE(answers(1, unknown)) << "the watch goes on";
}

TEST_F(ScalerInACluster, WatchesSomeNamespacesWithRightsThereAlone) {
  cluster_->kubectl("-n weir create serviceaccount some-" + ns_);
  cluster_->kubectl("-n " + ns_ + " create rolebinding some --clusterrole=weir-scaler --serviceaccount=weir:some-" +
                    ns_);
  auto kubeconfig = Json::parse(cluster_->kubectl("config view --raw --flatten -o json"));
  kubeconfig["users"][0]["user"] = {{"token", cluster_->kubectl("-n weir create token some-" + ns_)}};
  const auto file = cluster_->directory() / ("some-" + ns_ + ".kubeconfig");
  std::ofstream(file) << kubeconfig;
  start_scaler({"--kubeconfig", file.string(), "--watch-namespaces", ns_});
  make_secret("alice-secret");
  make_scaled("ScaledObject", metadata());
  EXPECT_TRUE(answers(10, metadata())) << scaler_->log();
  const auto refused = refusal(metadata(), "orders", "weir");
  EXPECT_EQ(refused.code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.message, HasSubstr("--watch-namespaces"));
}

}  // namespace
}  // namespace weir
