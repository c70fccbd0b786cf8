// What the processes of a release ask of the API server, held against the rights that the chart gives them.

#include "rights.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/consumer_group.h"
#include "controller/kafka_source.h"
#include "e2e_fixture.h"
#include "pool_processes.h"
#include "release.h"
#include "rpc/scaler_client.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using kube::Json;
using std::chrono::seconds;

const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
constexpr const char *kPool = "dispatcher", *kMinScale = "autoscaling.weir.dev/min-scale";

// What the API server looks at while it answers a patch, so that no request has these verbs: whether who applies an
// object may create it, hold up its owner's deletion, give it to another owner.
const std::set<std::string> kWithinPatches{
    "configmaps delete", "consumergroups.weir.dev create", "consumergroups/finalizers.weir.dev update",
    "kafkasources/finalizers.sources.knative.dev update", "scaledobjects.keda.sh create"};

class Rights : public EndToEnd {
 protected:
  static void SetUpTestSuite() {
    start_cluster({"--kwok", "--audit"});
    make_nodes();
    // Helm brings it.
    cluster_->kubectl("delete crd consumergroups.weir.dev");
    release_ = std::make_unique<Release>(*cluster_, "weir", "platform");
    release_->install({"controller.kafkaSource=all", "controller.defaultPool=platform/dispatcher",
                       "pools.dispatcher.image=none", "pools.dispatcher.capacity=3", "pools.dispatcher.maxReplicas=6",
                       "pools.dispatcher.allowedNamespaces={*}", "pools.dispatcher.acknowledge=true",
                       "pools.dispatcher.podLabels.app=dispatcher"});
    release_->start();
  }
  static void TearDownTestSuite() {
    release_.reset();
    EndToEnd::TearDownTestSuite();
  }

  static kube::ObjectKey account(const Release& release, const std::string& component) {
    return {release.ns(), release.object(component)};
  }
  static std::set<std::string> unused_by(const kube::ObjectKey& account) {
    return unused(rights_of(*cluster_, account), requests_of(*cluster_, account));
  }

  void make_source(const std::string& name, const std::string& topic) const {
    auto yaml = replaced(test::example("kafkasource.yaml"), "kafka.kafka:9092", kafka_->bootstrap());
    yaml = replaced(std::move(yaml), "name: orders\n", "name: " + name + "\n");
    yaml = replaced(std::move(yaml), "consumerGroup: orders", "consumerGroup: " + topic);
    yaml = replaced(std::move(yaml), "topics: [orders]", "topics: [" + topic + "]");
    cluster_->kubectl("-n " + ns_ + " apply -f -", yaml);
  }
  // One that nobody scales.
  void make_group(const std::string& name, int replicas, const char* annotation = nullptr) {
    auto group = demo_group(name);
    group["spec"]["replicas"] = replicas;
    group["spec"]["scaling"] = {{"class", "disabled"}};
    if (annotation != nullptr) group["metadata"]["annotations"] = {{kMinScale, annotation}};
    make(consumer_group_resource(), group);
  }

  // KEDA may name a ScaledObject before the scaler has heard of it; here nobody else ever will.
  void ask_for_nobody(const Release& release) const {
    const rpc::ScalerClient keda(release.scaler_address(), seconds(5));
    EXPECT_FALSE(keda.is_active({.ns = ns_,
                                 .name = "nobody",
                                 .metadata = {{"bootstrapServers", secured()},
                                              {"consumerGroup", "nobody"},
                                              {"topic", "nobody"},
                                              {"authSecret", "nobody"}}}));
  }

  // A warning that comes again and again becomes a series once a minute.
  void warn_again(const std::string& name) {
    for (const Json& annotation : {Json(), Json("many")}) {
      const auto edited = admin_.merge_patch(consumer_group_resource(), {ns_, name},
                                             {{"metadata", {{"annotations", {{kMinScale, annotation}}}}}});
      ASSERT_TRUE(edited) << edited.error().message;
      const std::string wanted = annotation.is_null() ? "AutoscalingDisabled" : "InvalidScaling";
      ASSERT_TRUE(eventually([&] { return reason(name) == wanted; })) << release_->logs();
    }
  }

  // So often that the controller's memory is behind when it writes one.
  void edit_assignments(int times) {
    for (int i = 0; i < times; ++i)
      static_cast<void>(
          admin_.merge_patch(kConfigMaps, {release_->ns(), std::string(kPool) + "-0"},
                             {{"metadata", {{"annotations", {{"example.com/edited", std::to_string(++edits_)}}}}}}));
  }

  // Without this right of the controller's, what `provoke` returns is refused.
  void expect_needed(const std::string& right, const std::function<Request()>& provoke);

  static inline std::unique_ptr<Release> release_;
  int edits_ = 0;
};

TEST_F(Rights, EachIsUsedAndNoneIsMissing) {
  const auto controller = account(*release_, "controller"), scaler = account(*release_, "scaler"),
             pool = account(*release_, "pool-dispatcher");
  const PoolProcesses workers(admin_, {.ns = release_->ns(),
                                       .pool = kPool,
                                       .kubeconfig = cluster_->kubeconfig(pool.ns, pool.name),
                                       .directory = cluster_->directory() / "workers",
                                       .record_delay = "8ms"});
  make_topic("orders");
  make_source("orders", "orders");
  produce("orders", 2000);
  const auto ready = [&](const std::string& group) {
    return kube::int_at(object(consumer_group_resource(), group), "/status/readyReplicas");
  };
  ASSERT_TRUE(eventually([&] { return ready("orders") == kPartitions; }, seconds(120)))
      << object(consumer_group_resource(), "orders").dump(2) << release_->logs() << workers.logs();

  make_topic("invoices");
  make(consumer_group_resource(), demo_group("invoices"));
  ASSERT_TRUE(eventually([&] { return reason("invoices") == "ScaledObjectApplied"; })) << release_->logs();
  const auto disabled = admin_.merge_patch(consumer_group_resource(), {ns_, "invoices"},
                                           {{"spec", {{"scaling", {{"class", "disabled"}}}}}});
  ASSERT_TRUE(disabled) << disabled.error().message;

  make_group("placed", 1);
  make_group("flawed", 0, "many");
  ask_for_nobody(*release_);
  int replicas = 1;
  EXPECT_TRUE(eventually(
      [&] {
        edit_assignments(20);
        replicas = 3 - replicas;
        scale(consumer_group_resource(), "placed", replicas);
        edit_assignments(20);
        warn_again("flawed");
        return unused_by(controller) == kWithinPatches;
      },
      seconds(150)))
      << fmt::format("{}", fmt::join(unused_by(controller), "\n"));
  EXPECT_EQ(unused_by(scaler), std::set<std::string>());
  EXPECT_EQ(unused_by(pool), std::set<std::string>());
  for (const auto& each : {controller, scaler, pool})
    EXPECT_EQ(refused(requests_of(*cluster_, each)), std::set<std::string>()) << each.name;
}

void Rights::expect_needed(const std::string& right, const std::function<Request()>& provoke) {
  SCOPED_TRACE(right);
  const auto controller = account(*release_, "controller");
  const auto rights = rights_of(*cluster_, controller);
  const auto found = std::ranges::find_if(rights, [&](const Right& one) { return describe(one) == right; });
  ASSERT_NE(found, rights.end());
  const bool everywhere = found->ns.empty();
  const kube::Resource roles{"rbac.authorization.k8s.io", "v1", everywhere ? "clusterroles" : "roles",
                             everywhere ? "ClusterRole" : "Role"};
  const kube::ObjectKey role{found->ns, found->role};
  const Json rules = kube::at(get(roles, role), "/rules");
  Json fewer = rules;
  for (Json& rule : fewer)
    if (rule.at("resources") == Json::array({found->resource}))
      std::erase(rule.at("verbs").get_ref<Json::array_t&>(), found->verb);
  ASSERT_NE(fewer, rules);
  // One without verbs would be no rule.
  std::erase_if(fewer.get_ref<Json::array_t&>(), [](const Json& rule) { return rule.at("verbs").empty(); });
  const auto taken = admin_.merge_patch(roles, role, {{"rules", fewer}});
  ASSERT_TRUE(taken) << taken.error().message;
  const auto slash = found->resource.find('/');
  const auto ask = fmt::format("auth can-i {} {}{}{} --as=system:serviceaccount:{}:{} --namespace={}{}", found->verb,
                               found->resource.substr(0, slash), found->group.empty() ? "" : ".", found->group,
                               controller.ns, controller.name, everywhere ? ns_ : found->ns,
                               slash == std::string::npos ? "" : " --subresource=" + found->resource.substr(slash + 1));
  const auto allowed = [&] {
    int denied = 0;
    cluster_->kubectl(ask, "", &denied);
    return denied == 0;
  };
  EXPECT_TRUE(eventually([&] { return !allowed(); }));

  const auto wanted = provoke();
  EXPECT_TRUE(eventually([&] {
    return std::ranges::any_of(requests_of(*cluster_, controller), [&](const Request& one) {
      return one.code == 403 && one.ns == wanted.ns && one.name == wanted.name && describe(one) == describe(wanted);
    });
  })) << "was not refused: "
      << describe(wanted) << " " << wanted.name << release_->logs();
  ASSERT_TRUE(admin_.merge_patch(roles, role, {{"rules", rules}}));
  EXPECT_TRUE(eventually(allowed));
}

TEST_F(Rights, WithoutThoseThatTheServerAsksForByItselfPatchesAreRefused) {
  const std::string topic = "orders-" + ns_;
  make_topic(topic);
  make_group("placed", 1);
  ASSERT_TRUE(eventually([&] { return !get(kConfigMaps, {release_->ns(), "dispatcher-0"}).is_null(); }));
  const auto scaled = [&](const std::string& name) {
    auto group = demo_group(name);
    group["spec"]["topics"] = {topic};
    const auto uid = kube::uid_of(make(consumer_group_resource(), group));
    return Request{.ns = ns_,
                   .group = "keda.sh",
                   .resource = "scaledobjects",
                   .verb = "patch",
                   .name = controller::scaled_object_name(uid)};
  };
  const auto sourced = [&](const std::string& name) {
    make_source(name, topic);
    return Request{.ns = ns_, .group = "weir.dev", .resource = "consumergroups", .verb = "patch", .name = name};
  };
  const auto orphaned = [&] {
    const Request wanted{
        .ns = release_->ns(), .group = "", .resource = "configmaps", .verb = "patch", .name = "dispatcher-0"};
    EXPECT_TRUE(
        admin_.merge_patch(kConfigMaps, {wanted.ns, wanted.name}, {{"metadata", {{"ownerReferences", nullptr}}}}));
    return wanted;
  };
  std::map<std::string, std::function<Request()>> rows{
      {"scaledobjects.keda.sh create", [&] { return scaled("created"); }},
      {"consumergroups/finalizers.weir.dev update", [&] { return scaled("owned"); }},
      {"consumergroups.weir.dev create", [&] { return sourced("source-created"); }},
      {"kafkasources/finalizers.sources.knative.dev update", [&] { return sourced("source-owned"); }},
      {"configmaps delete", orphaned}};
  std::set<std::string> named;
  for (const auto& [right, provoke] : rows) {
    named.insert(right);
    expect_needed(right, provoke);
  }
  EXPECT_EQ(named, kWithinPatches);
}

TEST_F(Rights, WithNamespacesToWatchRolesAreEnoughAlsoBesideAnotherRelease) {
  Release tenants(*cluster_, "weir-tenants", "tenants");
  tenants.install({"watchNamespaces={" + ns_ + "}", "controller.enabled=false"});
  const auto scaler = account(tenants, "scaler");
  const auto rights = rights_of(*cluster_, scaler);
  EXPECT_FALSE(rights.empty());
  for (const Right& right : rights)
    EXPECT_EQ(right.ns, ns_) << right.role << " " << describe(right);

  tenants.start();
  const std::string topic = "orders-" + ns_;
  make_topic(topic);
  produce(topic, 500);
  make_secret(ns_);
  make_deployment("orders");
  const auto replicas = history(kDeployments, "orders");
  make(controller::scaled_object_resource(), demo_scaled_object("orders", {{"scalerAddress", tenants.scaler_address()},
                                                                           {"bootstrapServers", secured()},
                                                                           {"consumerGroup", topic},
                                                                           {"topic", topic},
                                                                           {"authSecret", "kafka"}}));
  EXPECT_TRUE(eventually([&] { return replicas->now() == kPartitions; }, seconds(90))) << tenants.logs();
  ask_for_nobody(tenants);
  EXPECT_TRUE(eventually([&] { return unused_by(scaler).empty(); }))
      << fmt::format("{}", fmt::join(unused_by(scaler), "\n"));
  const auto requests = requests_of(*cluster_, scaler);
  EXPECT_EQ(refused(requests), std::set<std::string>());
  for (const Request& request : requests)
    EXPECT_EQ(request.ns, ns_) << describe(request);
}

}  // namespace
}  // namespace weir
