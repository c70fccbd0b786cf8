#include <atomic>
#include <mutex>

#include <gmock/gmock.h>

#include "kube/event_recorder.h"
#include "kube/informer.h"
#include "kube/leader_elector.h"
#include "kube_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using kube::Json;
using ::testing::HasSubstr;

const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};

class ApiClient : public KubeTest {
 protected:
  Json config_map(const std::string& name, const std::string& value = "1") const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"namespace", ns_}, {"name", name}}},
            {"data", {{"key", value}}}};
  }

  const std::string ns_ = make_namespace();
};

TEST_F(ApiClient, CreatesReadsPatchesAndDeletes) {
  const auto made = admin_.create(kConfigMaps, config_map("a"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_TRUE(admin_.create(kConfigMaps, config_map("a")).error().conflict());
  ASSERT_TRUE(admin_.merge_patch(kConfigMaps, {ns_, "a"}, {{"data", {{"key", "2"}}}}));
  EXPECT_EQ(kube::text_at(get(kConfigMaps, {ns_, "a"}), "/data/key"), "2");
  EXPECT_TRUE(admin_.update(kConfigMaps, *made).error().conflict()) << "its resourceVersion is an old one";
  EXPECT_TRUE(admin_.remove(kConfigMaps, {ns_, "a"}, "another-uid").error().conflict());
  EXPECT_TRUE(admin_.remove(kConfigMaps, {ns_, "a"}, kube::uid_of(*made)));
  EXPECT_TRUE(admin_.get(kConfigMaps, {ns_, "a"}).error().not_found());
}

TEST_F(ApiClient, AppliesItsFieldsAndLeavesOthersAlone) {
  ASSERT_TRUE(admin_.create(kConfigMaps, config_map("a")));
  Json mine = config_map("a");
  mine["data"] = {{"mine", "x"}};
  const auto applied = admin_.apply(kConfigMaps, mine, "tester");
  ASSERT_TRUE(applied) << applied.error().message;
  EXPECT_EQ(kube::at(*applied, "/data"), (Json{{"key", "1"}, {"mine", "x"}}));
  const auto again = admin_.apply(kConfigMaps, mine, "tester");
  EXPECT_EQ(kube::resource_version_of(*again), kube::resource_version_of(*applied)) << "nothing new, nothing written";
  mine["data"] = Json::object();
  EXPECT_EQ(kube::at(*admin_.apply(kConfigMaps, mine, "tester"), "/data"), (Json{{"key", "1"}}));
}

TEST_F(ApiClient, TheControllersAccountMayNotReadSecretsOrSpecs) {
  kube::Client weir(config(cluster_->controller()), {}, clock_, registry_);
  const auto denied = weir.list({"", "v1", "secrets", "Secret"}, "", 10);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().status, 403);
  EXPECT_EQ(denied.error().reason, "Forbidden");
  EXPECT_THAT(denied.error().message, HasSubstr("GET /api/v1/secrets"));
  EXPECT_TRUE(weir.list(consumer_group_resource(), "", 10));
  ASSERT_TRUE(admin_.create(consumer_group_resource(), group_yaml(ns_, "orders")));
  EXPECT_EQ(weir.merge_patch(consumer_group_resource(), {ns_, "orders"}, {{"spec", {{"replicas", 3}}}}).error().status,
            403);
}

TEST_F(ApiClient, KnowsWhatIsServed) {
  EXPECT_EQ(admin_.serves(consumer_group_resource()), true);
  EXPECT_EQ(admin_.serves({"keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"}), false);
  EXPECT_EQ(admin_.server_version(), 1035);
}

TEST_F(ApiClient, AWrongTokenIsRefusedAndNoServerIsNoAnswer) {
  auto other = config(cluster_->controller());
  other.token = base::Secret("wrong");
  EXPECT_EQ(kube::Client(other, {}, clock_, registry_).list(kConfigMaps, "", 1).error().status, 401);
  other.server = "https://127.0.0.1:1";
  EXPECT_EQ(kube::Client(other, {}, clock_, registry_).list(kConfigMaps, "", 1).error().status, 0);
  other.server = config(cluster_->controller()).server;
  other.ca_pem.clear();
  EXPECT_EQ(kube::Client(other, {}, clock_, registry_).list(kConfigMaps, "", 1).error().status, 0)
      << "a certificate of an unknown CA";
}

class InformerTest : public ApiClient {
 protected:
  std::unique_ptr<kube::Informer> start(std::size_t page_size = 500) {
    auto informer = std::make_unique<kube::Informer>(
        admin_, kube::InformerOptions{.resource = kConfigMaps, .ns = ns_, .page_size = page_size}, telemetry::Logger());
    informer->add_handler([this](const kube::Change& change) {
      const std::scoped_lock lock(mutex_);
      changes_.push_back(change.key.name + (change.now ? change.before ? " changed" : " new" : " gone"));
    });
    informer->start();
    EXPECT_TRUE(eventually([&] { return informer->synced(); }));
    return informer;
  }
  bool heard(const std::string& change) {
    return eventually([&] {
      const std::scoped_lock lock(mutex_);
      return std::ranges::find(changes_, change) != changes_.end();
    });
  }

  std::mutex mutex_;
  std::vector<std::string> changes_;
};

TEST_F(InformerTest, ListsPageByPageAndFollowsEachChange) {
  for (int i = 0; i < 25; ++i)
    ASSERT_TRUE(admin_.create(kConfigMaps, config_map("m" + std::to_string(i))));
  const auto informer = start(10);
  EXPECT_EQ(informer->size(), 25U);
  EXPECT_TRUE(heard("m24 new"));
  const auto made = admin_.create(kConfigMaps, config_map("later"));
  EXPECT_TRUE(heard("later new"));
  ASSERT_TRUE(admin_.merge_patch(kConfigMaps, {ns_, "later"}, {{"data", {{"key", "2"}}}}));
  EXPECT_TRUE(heard("later changed"));
  EXPECT_EQ(kube::text_at(*informer->get({ns_, "later"}), "/data/key"), "2");
  EXPECT_FALSE(kube::at(*informer->get({ns_, "later"}), "/metadata").contains("managedFields"));
  ASSERT_TRUE(admin_.remove(kConfigMaps, {ns_, "later"}, kube::uid_of(*made)));
  EXPECT_TRUE(heard("later gone"));
  EXPECT_EQ(informer->get({ns_, "later"}), nullptr);
}

TEST_F(InformerTest, GoesOnAfterTheApiServerWasAwayAndSeesWhatItMissed) {
  ASSERT_TRUE(admin_.create(kConfigMaps, config_map("stays")));
  const auto informer = start();
  cluster_->process("kill", "apiserver");
  EXPECT_NE(informer->get({ns_, "stays"}), nullptr) << "the last state stands";
  cluster_->process("restart", "apiserver");
  ASSERT_TRUE(eventually([&] { return admin_.create(kConfigMaps, config_map("missed")).has_value(); }));
  EXPECT_TRUE(heard("missed new"));
  EXPECT_NE(informer->get({ns_, "stays"}), nullptr);
}

TEST_F(ApiClient, OneOfTwoLeadsAndTheOtherFollowsWhenItIsGone) {
  const auto elector = [&](const std::string& identity) {
    return kube::LeaderElector(admin_,
                               {.ns = ns_,
                                .name = "lease",
                                .identity = identity,
                                .duration = std::chrono::seconds(3),
                                .renew_deadline = std::chrono::seconds(2),
                                .retry = std::chrono::seconds(1)},
                               clock_, telemetry::Logger());
  };
  auto first = elector("first"), second = elector("second");
  std::stop_source stop;
  ASSERT_TRUE(first.acquire(stop.get_token()));
  std::atomic<bool> second_leads = false;
  std::jthread other([&](const std::stop_token& token) { second_leads = second.acquire(token); });
  {
    std::stop_source over;
    std::jthread holder([&] { first.hold(over.get_token()); });
    EXPECT_FALSE(eventually([&] { return second_leads.load(); }, std::chrono::seconds(5)));
    over.request_stop();
  }
  const auto gone = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] { return second_leads.load(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - gone, std::chrono::seconds(7));
  const kube::Resource leases{"coordination.k8s.io", "v1", "leases", "Lease"};
  EXPECT_EQ(kube::text_at(get(leases, {ns_, "lease"}), "/spec/holderIdentity"), "second");
  EXPECT_EQ(kube::int_at(get(leases, {ns_, "lease"}), "/spec/leaseTransitions"), 1);
  second.release();
  EXPECT_EQ(kube::text_at(get(leases, {ns_, "lease"}), "/spec/holderIdentity"), "");
}

TEST_F(ApiClient, EventsAreThereForPeopleToRead) {
  const auto group = admin_.create(consumer_group_resource(), group_yaml(ns_, "orders"));
  kube::EventRecorder recorder(admin_, "weir.dev/controller", "tester", clock_, telemetry::Logger());
  for (int i = 0; i < 3; ++i)
    recorder.record(*group, {kube::EventType::kWarning, "InvalidScaling", "Autoscaling", "min is too high"});
  EXPECT_TRUE(eventually([&] {
    return cluster_->kubectl("-n " + ns_ + " get events.events.k8s.io -o wide").find("min is too high") !=
           std::string::npos;
  }));
  const auto events = admin_.list({"events.k8s.io", "v1", "events", "Event"}, ns_, 10);
  ASSERT_EQ(events->items.size(), 1U) << "the same again is a series";
  EXPECT_EQ(kube::text_at(events->items[0], "/regarding/name"), "orders");
}

}  // namespace
}  // namespace weir
