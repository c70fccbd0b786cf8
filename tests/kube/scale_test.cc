#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/parse.h"
#include "controller/pool_objects.h"
#include "http/client.h"
#include "kube_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/kube_process.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using controller::scaled_object_resource;
using std::chrono::seconds;

constexpr int kGroups = 2000;
constexpr double kMostMemoryMib = 150;

class Scale : public KubeTest {
 protected:
  // The sum of a counter over its labels, from /metrics.
  double counter(const std::string& name) const {
    http::Request request;
    request.url = "http://127.0.0.1:" + std::to_string(http_port_) + "/metrics";
    const auto answer = http::Client().send(request);
    if (!answer) return -1;
    double sum = 0;
    for (const auto& line : base::split_trimmed(answer->body, '\n'))
      if (line.starts_with(name + "{")) sum += base::parse_double(line.substr(line.rfind(' ') + 1)).value_or(0);
    return sum;
  }

  void make_groups(const std::string& ns, const std::string& bootstrap) {
    std::vector<std::jthread> makers;
    for (int maker = 0; maker < 8; ++maker)
      makers.emplace_back([&, maker] {
        for (int i = maker; i < kGroups; i += 8) {
          auto group = group_yaml(ns, "group-" + std::to_string(i));
          group["spec"]["bootstrapServers"] = {bootstrap};
          ASSERT_TRUE(admin_.create(consumer_group_resource(), group));
        }
      });
  }

  std::size_t count(const kube::Resource& resource, const std::string& ns) {
    std::size_t all = 0;
    std::string next;
    do {
      const auto page = admin_.list(resource, ns, 500, next);
      if (!page) return 0;
      all += page->items.size();
      next = page->next;
    } while (!next.empty());
    return all;
  }

  std::size_t ready(const std::string& ns) {
    std::size_t all = 0;
    std::string next;
    do {
      const auto page = admin_.list(consumer_group_resource(), ns, 500, next);
      if (!page) return 0;
      for (const kube::Json& group : page->items)
        all +=
            kube::text_at(group, "/status/selector").empty() || kube::int_at(group, "/status/partitions") != 12 ? 0 : 1;
      next = page->next;
    } while (!next.empty());
    return all;
  }

  const int http_port_ = test::free_port();
};

TEST_F(Scale, TwoThousandGroupsFromAColdStartAndThenSilence) {
  test::KafkaBroker kafka;
  test::KafkaAdmin(kafka.bootstrap()).create_topic("orders", 12);
  cluster_->install_crd(test::keda_crd("scaledobjects"));
  const auto ns = make_namespace();
  make_groups(ns, kafka.bootstrap());
  const auto scaler_address = "127.0.0.1:" + std::to_string(test::free_port());
  const test::Process scaler({WEIR_BIN, "scaler", "--listen", scaler_address, "--http-listen", "127.0.0.1:0"},
                             cluster_->directory() / "scaler.log");

  const auto started = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(); };
  const test::Process controller(
      {WEIR_BIN, "controller", "--kubeconfig", cluster_->controller().string(), "--scaler-address", scaler_address,
       "--http-listen", "127.0.0.1:" + std::to_string(http_port_), "--lease-namespace", "weir", "--kube-api-qps",
       "100"},
      cluster_->directory() / "controller.log");
  ASSERT_TRUE(
      eventually([&] { return count(scaled_object_resource(), ns) == kGroups && ready(ns) == kGroups; }, seconds(120)))
      << count(scaled_object_resource(), ns) << " ScaledObjects, " << ready(ns) << " groups\n"
      << controller.log().substr(0, 5000);
  RecordProperty("seconds", std::to_string(passed()));
  fmt::print("{} groups reconciled in {:.0f} s with {:.0f} requests\n", kGroups, passed(),
             counter("weir_kube_requests_total"));

  // What is under way ends; then a quarter of a minute is counted.
  double idle = 0;
  EXPECT_TRUE(eventually(
      [&] {
        const double before = counter("weir_kube_requests_total");
        std::this_thread::sleep_for(seconds(15));
        idle = counter("weir_kube_requests_total") - before;
        return idle <= 15;
      },
      seconds(90)))
      << "more than a request a second though nothing changes";
  fmt::print("{:.0f} requests in 15 s while nothing changes\n", idle);
  fmt::print("{:.0f} MiB\n", controller.resident_mib());
  EXPECT_LE(controller.resident_mib(), kMostMemoryMib);
}

// A pool that is there in the API server alone: nobody runs its pods.
class PoolScale : public Scale {
 protected:
  static constexpr int kPods = 500, kNodes = 50;

  void SetUp() override {
    const std::string account = " --serviceaccount=weir:weir-controller", name = "weir-controller-pool";
    cluster_->kubectl("create clusterrolebinding " + name + " --clusterrole=" + name + account);
    cluster_->kubectl("-n " + ns_ + " apply -f '" + test::chart_file("rbac/pool.yaml") + "'");
    cluster_->kubectl("-n " + ns_ + " create rolebinding " + name + " --role=" + name + account);
    cluster_->kubectl("-n " + ns_ + " create serviceaccount default");
    for (int node = 0; node < kNodes; ++node)
      make(controller::node_resource(),
           {{"metadata",
             {{"name", node_name(node)}, {"labels", {{"topology.kubernetes.io/zone", fmt::format("z{}", node % 3)}}}}},
            {"status", {{"conditions", kube::Json::array({kube::Json{{"type", "Ready"}, {"status", "True"}}})}}}});
    const auto count = std::to_string(kPods);
    const kube::Json labels{{"weir.dev/pool", "true"}}, selector{{"matchLabels", labels}}, spec = pod_spec();
    const auto pool = make(controller::stateful_set_resource(),
                           {{"metadata",
                             {{"namespace", ns_},
                              {"name", "dispatcher"},
                              {"labels", labels},
                              {"annotations", {{"weir.dev/min-replicas", count}, {"weir.dev/max-replicas", count}}}}},
                            {"spec",
                             {{"replicas", kPods},
                              {"serviceName", "dispatcher"},
                              {"selector", selector},
                              {"template", {{"metadata", {{"labels", labels}}}, {"spec", spec}}}}}});
    make_pods(kube::uid_of(pool), labels);
  }

  void make_pods(const std::string& pool_uid, const kube::Json& labels) {
    std::vector<std::jthread> makers;
    for (int maker = 0; maker < 8; ++maker)
      makers.emplace_back([&, maker] {
        for (int ordinal = maker; ordinal < kPods; ordinal += 8) {
          auto spec = pod_spec();
          spec["nodeName"] = node_name(ordinal % kNodes);
          const kube::Json owner{{"apiVersion", "apps/v1"},
                                 {"kind", "StatefulSet"},
                                 {"name", "dispatcher"},
                                 {"uid", pool_uid},
                                 {"controller", true}};
          make(controller::pod_resource(), {{"metadata",
                                             {{"namespace", ns_},
                                              {"name", fmt::format("dispatcher-{}", ordinal)},
                                              {"labels", labels},
                                              {"ownerReferences", kube::Json::array({owner})}}},
                                            {"spec", spec}});
        }
      });
  }
  static kube::Json pod_spec() {
    return {{"containers", kube::Json::array({kube::Json{{"name", "worker"}, {"image", "worker"}}})}};
  }
  std::string node_name(int number) const { return fmt::format("{}-node-{}", ns_, number); }

  kube::Json make(const kube::Resource& resource, kube::Json object) {
    object["apiVersion"] = resource.api_version();
    object["kind"] = resource.kind;
    const auto made = admin_.create(resource, object);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(kube::Json());
  }

  // Seconds until so many virtual replicas of the group are placed, and every pod has been told of its share.
  double place(int replicas) {
    const auto started = std::chrono::steady_clock::now();
    EXPECT_TRUE(admin_.merge_patch(consumer_group_resource(), {ns_, "orders"}, {{"spec", {{"replicas", replicas}}}}));
    EXPECT_TRUE(eventually([&] {
      const auto group = get(consumer_group_resource(), {ns_, "orders"});
      std::int64_t placed = 0;
      for (const kube::Json& place : kube::at(group, "/status/placements"))
        placed += kube::int_at(place, "/vreplicas");
      return kube::int_at(group, "/status/replicas", -1) == replicas && placed == replicas;
    }));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  }

  const std::string ns_ = make_namespace();
};

TEST_F(PoolScale, FiveHundredPodsAreToldOfOneGroupWithinSeconds) {
  auto group = group_yaml(ns_, "orders");
  group["spec"]["replicas"] = 0;
  group["spec"]["scaling"] = {{"class", "disabled"}};
  group["spec"]["pool"] = {{"name", "dispatcher"}, {"namespace", ns_}};
  make(consumer_group_resource(), group);
  const test::Process controller(
      {WEIR_BIN, "controller", "--kubeconfig", cluster_->controller().string(), "--scaler-address", "127.0.0.1:1",
       "--http-listen", "127.0.0.1:0", "--lease-namespace", "weir", "--pool-namespaces", ns_, "--kube-api-qps", "5000",
       "--kube-api-burst", "5000"},
      cluster_->directory() / "controller.log");
  place(0);
  const double first = place(kPods), all_change = place(2 * kPods), gone = place(0);
  fmt::print("assignments of {} pods: written first in {:.2f} s, changed in {:.2f} s, emptied in {:.2f} s\n", kPods,
             first, all_change, gone);
  EXPECT_LE(first, 10) << controller.log();
  EXPECT_LE(all_change, 10);
  EXPECT_LE(gone, 10);
}

}  // namespace
}  // namespace weir
