// Replicas that KEDA and the HPA have set stand while a pod of the pool is gone, as an HPA that saw fewer would set
// fewer.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "pooled_fixture.h"

namespace weir {
namespace {

using controller::consumer_group_resource;
using kube::Json;
using std::chrono::seconds;

constexpr seconds kTwoHpaSyncs{30};

class PoolLoss : public PooledEndToEnd {
 protected:
  struct Counts {
    std::int64_t replicas = -1, ready = -1, placed = 0;
    bool operator==(const Counts&) const = default;
  };
  Counts counts() {
    const Json group = object(consumer_group_resource(), "orders");
    Counts seen{.replicas = kube::int_at(group, "/status/replicas", -1),
                .ready = kube::int_at(group, "/status/readyReplicas", -1)};
    for (const Json& place : kube::at(group, "/status/placements"))
      seen.placed += kube::int_at(place, "/vreplicas");
    return seen;
  }
  bool comes_to(const Counts& wanted) {
    return eventually([&] { return counts() == wanted; }, seconds(90));
  }
  std::string told() {
    return object(consumer_group_resource(), "orders").dump(2) + cluster_->kubectl("get pods,hpa -A -o wide") +
           controller_->log();
  }
};

TEST_F(PoolLoss, TwelveStayTwelveWhileOneOfTheirTwelvePodsIsGone) {
  make_topic("orders");
  start_placing_controller();
  cluster_->kubectl("-n " + ns_ + " create serviceaccount pool");
  make_pool({{"capacity", "1"}, {"max-replicas", std::to_string(kPartitions)}}, "pool");
  auto group = demo_group("orders");
  group["spec"]["pool"] = {{"name", kPool}};
  make(consumer_group_resource(), group);
  produce("orders", 2000);
  ASSERT_TRUE(comes_to({.replicas = kPartitions, .ready = kPartitions, .placed = kPartitions})) << told();

  // 600 records behind, with a threshold of 50: exactly twelve replicas' worth.
  leave_unread("orders", 50);
  ASSERT_TRUE(eventually(
      [&] { return kube::int_at(object(consumer_group_resource(), "orders"), "/status/lag") == 600; }, seconds(60)))
      << told();
  const auto replicas = history(consumer_group_resource(), "orders");
  // Nor does it find another node.
  cluster_->kubectl("cordon -l kubernetes.io/os=linux");
  cluster_->kubectl("-n " + ns_ + " delete pod dispatcher-5 --wait=false");
  EXPECT_TRUE(comes_to({.replicas = kPartitions, .ready = kPartitions - 1, .placed = kPartitions - 1})) << told();
  EXPECT_EQ(reason("orders", "Scheduled"), "NoSchedulablePod");
  std::this_thread::sleep_for(kTwoHpaSyncs);
  EXPECT_EQ(replicas->all(), std::vector<std::int64_t>{kPartitions}) << told();
  EXPECT_EQ(counts(), (Counts{.replicas = kPartitions, .ready = kPartitions - 1, .placed = kPartitions - 1})) << told();

  cluster_->kubectl("uncordon -l kubernetes.io/os=linux");
  EXPECT_TRUE(comes_to({.replicas = kPartitions, .ready = kPartitions, .placed = kPartitions})) << told();
  EXPECT_EQ(replicas->all(), std::vector<std::int64_t>{kPartitions}) << fmt::format("{}", replicas->all());
}

}  // namespace
}  // namespace weir
