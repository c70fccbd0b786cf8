#include "cli/placement_metrics.h"

#include <gtest/gtest.h>

namespace weir::cli {
namespace {

controller::PoolView pool() {
  controller::PoolView view;
  view.key = {"knative", "dispatcher"};
  view.capacity = 20;
  view.wanted = 3;
  view.max_replicas = 50;
  view.pods.resize(2);
  view.pods[0].state = "Ready";
  view.pods[0].used = 16;
  view.pods[0].vreplicas = 12;
  view.pods[0].generation = view.pods[0].applied = 7;
  view.pods[1].state = "Pending";
  view.pods[1].used = view.pods[1].vreplicas = 3;
  view.pods[1].generation = 2;
  view.groups.resize(2);
  view.groups[0].pending = 4;
  view.groups[1].pending = 1;
  return view;
}

std::map<std::string, double> metrics_of(const std::vector<controller::PoolView>& pools) {
  std::vector<telemetry::Sample> samples;
  collect_placement_metrics(pools, samples);
  std::map<std::string, double> values;
  for (const auto& sample : samples) {
    EXPECT_EQ(sample.labels.at("pool"), "dispatcher");
    EXPECT_EQ(sample.labels.at("namespace"), "knative");
    const auto state = sample.labels.find("state");
    values[state == sample.labels.end() ? sample.name : sample.name + "/" + state->second] = sample.value;
  }
  return values;
}

TEST(PlacementMetrics, TellWhatAPoolHasAndWhatWaits) {
  const auto values = metrics_of({pool()});
  EXPECT_EQ(values.at("weir_placement_pending_vreplicas"), 5);
  EXPECT_EQ(values.at("weir_placement_placed_vreplicas"), 15);
  EXPECT_EQ(values.at("weir_placement_capacity_vreplicas"), 40);
  EXPECT_EQ(values.at("weir_placement_groups"), 2);
  EXPECT_EQ(values.at("weir_placement_wanted_pods"), 3);
  EXPECT_EQ(values.at("weir_placement_max_pods"), 50);
  EXPECT_EQ(values.at("weir_placement_held"), 0);
  EXPECT_EQ(values.at("weir_placement_behind_pods"), 1);
  EXPECT_EQ(values.at("weir_placement_pods/Ready"), 1);
  EXPECT_EQ(values.at("weir_placement_pods/Pending"), 1);
}

TEST(PlacementMetrics, WithoutAPoolThereAreNone) {
  EXPECT_TRUE(metrics_of({}).empty());
}

}  // namespace
}  // namespace weir::cli
