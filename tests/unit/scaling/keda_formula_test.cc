#include <vector>

#include <gtest/gtest.h>

#include "scaling/decision.h"

// KEDA's sum and cap, as docs/differences.md describes them, over a grid of states: with partitionCap keda Weir says
// the same, and with exact it says the same wherever KEDA stays within the partitions.
namespace weir::scaling {
namespace {

struct State {
  std::int64_t partitions, with_lag, lag_each, threshold;
};

std::int64_t keda_even(std::int64_t total, std::int64_t partitions, std::int64_t threshold) {
  for (std::int64_t factor = 1; factor <= partitions; ++factor) {
    if (partitions % factor == 0 && factor * threshold >= total) return factor * threshold;
  }
  return partitions * threshold;
}

std::int64_t keda_metric(const ScalingPolicy& policy, const State& state) {
  std::int64_t total = state.with_lag * state.lag_each;
  const bool capped =
      !policy.allow_idle_consumers || policy.limit_to_partitions_with_lag || policy.ensure_even_distribution;
  if (!capped) return total;
  if (policy.ensure_even_distribution) total = keda_even(total, state.partitions, state.threshold);
  const std::int64_t bound = policy.limit_to_partitions_with_lag ? state.with_lag : state.partitions;
  return total / state.threshold > bound ? bound * state.threshold : total;
}

std::vector<State> states() {
  std::vector<State> all;
  for (std::int64_t partitions = 1; partitions <= 13; ++partitions) {
    for (std::int64_t with_lag = 0; with_lag <= partitions; ++with_lag) {
      for (const std::int64_t lag_each : {1, 3, 9, 10, 11, 19, 20, 21, 100}) {
        for (const std::int64_t threshold : {1, 7, 10})
          all.push_back({partitions, with_lag, lag_each, threshold});
      }
    }
  }
  return all;
}

std::vector<ScalingPolicy> policies() {
  return {{},
          {.allow_idle_consumers = true},
          {.limit_to_partitions_with_lag = true},
          {.ensure_even_distribution = true},
          {.allow_idle_consumers = true, .ensure_even_distribution = true}};
}

lag::GroupOffsets offsets(const State& state) {
  lag::TopicOffsets topic{"t", {}};
  for (std::int32_t number = 0; number < state.partitions; ++number) {
    lag::PartitionOffsets partition;
    partition.partition = number;
    partition.committed = 100;
    partition.log_start = 0;
    partition.log_end = 100 + (number < state.with_lag ? state.lag_each : 0);
    topic.partitions.push_back(partition);
  }
  return {topic};
}

TEST(KedaFormula, IsMatchedOverAGridOfStates) {
  std::size_t above_cap = 0;
  for (const State& state : states()) {
    for (ScalingPolicy policy : policies()) {
      policy.lag_threshold = state.threshold;
      const auto keda = keda_metric(policy, state);
      policy.partition_cap = PartitionCap::kKeda;
      EXPECT_EQ(decide(policy, offsets(state), {})->metric_value, keda);
      policy.partition_cap = PartitionCap::kExact;
      const auto bound = (policy.limit_to_partitions_with_lag ? state.with_lag : state.partitions) * state.threshold;
      const bool capped = !policy.allow_idle_consumers || policy.ensure_even_distribution;
      const auto exact = capped ? std::min(keda, bound) : keda;
      EXPECT_EQ(decide(policy, offsets(state), {})->metric_value, exact);
      above_cap += exact != keda ? 1 : 0;
    }
  }
  EXPECT_GT(above_cap, 0U) << "the grid must hold states where the caps differ";
}

}  // namespace
}  // namespace weir::scaling
