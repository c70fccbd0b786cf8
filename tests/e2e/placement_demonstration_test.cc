// The whole of it on one control plane: lag makes replicas, replicas are placed on pods, pods consume, and nothing is
// lost while a worker is killed and a node is drained.

#include <fmt/format.h>

#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "controller/kafka_source.h"
#include "pool_account.h"
#include "pool_processes.h"
#include "pooled_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using kube::Json;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kRecords = 100'000;
constexpr int kMostPods = 8;
constexpr const char* kSource = "orders";

class PlacementDemonstration : public PooledEndToEnd {
 protected:
  void SetUp() override {
    make_topic(kSource);
    start_placing_controller();
    PoolAccount account(*cluster_, admin_, ns_);
    std::vector<std::string> pods;
    for (int ordinal = 0; ordinal < kMostPods; ++ordinal)
      pods.push_back(fmt::format("{}-{}", kPool, ordinal));
    account.grant_assignments(pods);
    // Three virtual replicas a pod, so that twelve take four pods.
    make_pool({{"capacity", "3"}, {"max-replicas", std::to_string(kMostPods)}, {"ack", "required"}}, account.name());
    make(controller::kafka_source_resource("v1"), source());
    processes_ =
        std::make_unique<PoolProcesses>(admin_, PoolProcessesOptions{.ns = ns_,
                                                                     .pool = kPool,
                                                                     .kubeconfig = account.kubeconfig(),
                                                                     .directory = cluster_->directory() / "workers",
                                                                     .record_delay = "8ms"});
  }
  void TearDown() override { processes_.reset(); }

  Json source() const {
    return {{"apiVersion", "sources.knative.dev/v1"},
            {"kind", "KafkaSource"},
            {"metadata",
             {{"namespace", ns_},
              {"name", kSource},
              {"annotations",
               {{"autoscaling.eventing.knative.dev/class", "keda.autoscaling.knative.dev"},
                {"autoscaling.eventing.knative.dev/min-scale", "0"},
                {"autoscaling.eventing.knative.dev/max-scale", "12"},
                {"autoscaling.eventing.knative.dev/polling-interval", "3"},
                {"autoscaling.eventing.knative.dev/cooldown-period", "10"},
                {"autoscaling.eventing.knative.dev/lag-threshold", "100"}}}}},
            {"spec",
             {{"bootstrapServers", {kafka_->bootstrap()}},
              {"topics", {kSource}},
              {"consumerGroup", kSource},
              {"initialOffset", "earliest"},
              {"sink", {{"uri", "http://127.0.0.1:1"}}}}}};
  }

  // What can be seen from outside at one moment.
  struct View {
    std::int64_t wanted = 0, placed = 0, ready = 0, pool = 0, pods = 0;
    std::map<std::string, std::int64_t> placements;
    bool operator==(const View&) const = default;
  };
  View view() {
    View seen;
    const auto group = object(consumer_group_resource(), kSource);
    seen.wanted = kube::int_at(group, "/spec/replicas");
    seen.ready = kube::int_at(group, "/status/readyReplicas");
    for (const Json& placement : kube::at(group, "/status/placements")) {
      const auto vreplicas = kube::int_at(placement, "/vreplicas");
      seen.placements[kube::text_at(placement, "/podName")] = vreplicas;
      seen.placed += vreplicas;
    }
    const auto set = object(kStatefulSets, kPool);
    seen.pool = kube::int_at(set, "/spec/replicas");
    seen.pods = kube::int_at(set, "/status/readyReplicas");
    return seen;
  }

  // Adds a row to the table where something has changed, or something was done.
  void trace(const std::string& event = "") {
    const View seen = view();
    const auto records = processes_->records();
    const bool much = records.different >= traced_ + kRecords / 10;
    if (seen == last_ && event.empty() && !much) return;
    last_ = seen;
    traced_ = records.different;
    std::string placements;
    for (const auto& [pod, vreplicas] : seen.placements)
      placements += fmt::format("{}{}:{}", placements.empty() ? "" : " ", pod.substr(pod.rfind('-') + 1), vreplicas);
    fmt::print("{:>6.1f}s {:>8} {:>6} {:>6} {:>5} {:>5} {:>8} {:>9}  {:<16} {}\n",
               std::chrono::duration<double>(steady_clock::now() - start_).count(), seen.wanted, seen.placed,
               seen.ready, seen.pool, seen.pods, processes_->running(), records.different, placements, event);
    std::fflush(stdout);
  }
  static void head() {
    fmt::print("{:>7} {:>8} {:>6} {:>6} {:>5} {:>5} {:>8} {:>9}  {:<16} {}\n", "time", "replicas", "placed", "ready",
               "pool", "pods", "workers", "records", "by ordinal", "what happened");
  }
  bool traced_until(const std::function<bool()>& condition, seconds most) {
    return eventually(
        [&] {
          trace();
          return condition();
        },
        most);
  }

  std::string logs() const { return controller_->log() + processes_->logs(); }

  std::unique_ptr<PoolProcesses> processes_;
  const steady_clock::time_point start_ = steady_clock::now();
  View last_;
  std::size_t traced_ = 0;
};

TEST_F(PlacementDemonstration, FromIdleOverLossesBackToIdle) {
  head();
  ASSERT_TRUE(
      traced_until([&] { return last_.wanted == 0 && last_.placements.empty() && last_.pool == 0; }, seconds(120)))
      << logs();
  ASSERT_TRUE(watches(kPartitions)) << scaler_->log();
  trace("idle");

  for (int partition = 0; partition < kPartitions; ++partition)
    produce_to(kSource, partition, kRecords / kPartitions + (partition < kRecords % kPartitions ? 1 : 0));
  trace(fmt::format("{} records produced", kRecords));
  ASSERT_TRUE(traced_until([&] { return last_.wanted == kPartitions && last_.placed == kPartitions; }, seconds(90)))
      << logs();
  ASSERT_TRUE(traced_until([&] { return last_.ready == kPartitions; }, seconds(60))) << logs();
  for (const auto& [pod, vreplicas] : last_.placements)
    EXPECT_EQ(vreplicas, 3) << pod;

  ASSERT_TRUE(traced_until([&] { return processes_->records().different > kRecords / 5; }, seconds(120))) << logs();
  const auto before = view().placements;
  ASSERT_FALSE(before.empty());
  ASSERT_TRUE(processes_->kill(before.begin()->first));
  trace("killed the worker of " + before.begin()->first);

  ASSERT_TRUE(traced_until([&] { return processes_->records().different > kRecords * 2 / 5; }, seconds(120))) << logs();
  EXPECT_EQ(view().placements, before) << "a worker that died and came back moved something";
  const auto node = kube::text_at(object(kPods, before.rbegin()->first), "/spec/nodeName");
  cluster_->kubectl("drain " + node + " --force --ignore-daemonsets --delete-emptydir-data --timeout=60s");
  trace("drained " + node + " under " + before.rbegin()->first);

  EXPECT_TRUE(traced_until([&] { return last_.placed == kPartitions && last_.pods == 4; }, seconds(60))) << logs();
  for (const auto& [pod, vreplicas] : view().placements)
    EXPECT_NE(kube::text_at(object(kPods, pod), "/spec/nodeName"), node) << pod << " is where it cannot be";

  ASSERT_TRUE(traced_until([&] { return processes_->records().different == kRecords; }, seconds(240))) << logs();
  trace("all consumed");
  ASSERT_TRUE(traced_until([&] { return last_.wanted == 0 && last_.placements.empty(); }, seconds(120))) << logs();
  ASSERT_TRUE(traced_until([&] { return last_.pool == 0 && processes_->running() == 0; }, seconds(180))) << logs();
  trace("idle again");
  const auto records = processes_->records();
  fmt::print("{} records consumed at least once, {} of them twice or more\n", records.different,
             records.lines - records.different);
  EXPECT_EQ(records.different, static_cast<std::size_t>(kRecords));
}

}  // namespace
}  // namespace weir
