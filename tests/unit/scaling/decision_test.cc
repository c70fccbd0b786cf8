#include "scaling/decision.h"

#include <limits>
#include <set>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

constexpr base::SteadyTime kNow{std::chrono::hours(1)};
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

lag::TopicOffsets topic(const std::string& name, const std::vector<std::int64_t>& lags) {
  lag::TopicOffsets offsets{name, {}};
  for (const std::int64_t lag : lags) {
    lag::PartitionOffsets partition;
    partition.partition = static_cast<std::int32_t>(offsets.partitions.size());
    partition.committed = partition.log_start = 0;
    partition.log_end = lag;
    offsets.partitions.push_back(partition);
  }
  return offsets;
}

// As many partitions as asked for, the first of which has all of the lag.
lag::GroupOffsets offsets(std::size_t partitions, std::int64_t lag) {
  std::vector<std::int64_t> lags(partitions, 0);
  if (!lags.empty()) lags.front() = lag;
  return {topic("orders", lags)};
}

struct Row {
  const char* what;
  ScalingPolicy policy;
  lag::GroupOffsets offsets;
  std::int64_t metric;
  bool active;
  std::int64_t replicas;
  DecisionReason reason;
};

void expect_rows(std::span<const Row> rows) {
  for (const Row& row : rows) {
    const auto decision = decide(row.policy, row.offsets, kNow);
    ASSERT_TRUE(decision.has_value()) << row.what << ": " << decision.error().message;
    EXPECT_EQ(decision->metric_value, row.metric) << row.what;
    EXPECT_EQ(decision->active, row.active) << row.what;
    EXPECT_EQ(decision->desired_replicas, row.replicas) << row.what;
    EXPECT_EQ(decision->reason, row.reason) << row.what << ": " << to_string(decision->reason);
  }
}

TEST(Decision, CountsLagUpToThePartitions) {
  using enum DecisionReason;
  const Row rows[] = {
      {"no lag", {}, offsets(4, 0), 0, false, 0, kLag},
      {"one record", {}, offsets(4, 1), 1, true, 1, kLag},
      {"as much as the partitions work off", {}, offsets(4, 40), 40, true, 4, kLag},
      {"one record more", {}, offsets(4, 41), 40, true, 4, kPartitionCap},
      {"one replica's lag more", {}, offsets(4, 50), 40, true, 4, kPartitionCap},
      {"KEDA's division lets a replica more through",
       {.partition_cap = PartitionCap::kKeda},
       offsets(4, 49),
       49,
       true,
       5,
       kLag},
      {"and then cuts to the partitions",
       {.partition_cap = PartitionCap::kKeda},
       offsets(4, 50),
       40,
       true,
       4,
       kPartitionCap},
      {"no cap", {.partition_cap = PartitionCap::kNone}, offsets(4, 1000), 1000, true, 100, kLag},
      {"idle consumers allowed", {.allow_idle_consumers = true}, offsets(4, 1000), 1000, true, 100, kLag},
      {"three consumers a replica, rounded up",
       {.consumers_per_replica = 3},
       offsets(4, 1000),
       20,
       true,
       2,
       kPartitionCap},
      {"more consumers a replica than partitions",
       {.consumers_per_replica = 9},
       offsets(4, 1000),
       10,
       true,
       1,
       kPartitionCap},
      {"topics are summed", {}, {topic("a", {5, 6}), topic("b", {7})}, 18, true, 2, kLag},
      {"no topic at all", {}, {}, 0, false, 0, kLag},
      {"no topic and even distribution", {.ensure_even_distribution = true}, {}, 0, false, 0, kLag},
  };
  expect_rows(rows);
}

TEST(Decision, CapsByPartitionsWithLag) {
  using enum DecisionReason;
  const ScalingPolicy limit{.limit_to_partitions_with_lag = true};
  ScalingPolicy keda = limit;
  keda.partition_cap = PartitionCap::kKeda;
  ScalingPolicy pairs = limit;
  pairs.consumers_per_replica = 2;
  const Row rows[] = {
      {"one partition has all of it", limit, offsets(4, 100), 10, true, 1, kPartitionsWithLag},
      {"each has some", limit, {topic("a", {30, 30, 0})}, 20, true, 2, kPartitionsWithLag},
      {"less lag than partitions", limit, {topic("a", {1, 1, 1})}, 3, true, 1, kLag},
      {"none has any", limit, offsets(4, 0), 0, false, 0, kLag},
      {"KEDA's division", keda, {topic("a", {19, 0, 0})}, 19, true, 2, kLag},
      {"two consumers a replica", pairs, {topic("a", {30, 30, 30, 0})}, 20, true, 2, kPartitionsWithLag},
  };
  expect_rows(rows);
}

TEST(Decision, DistributesPartitionsEvenly) {
  using enum DecisionReason;
  const ScalingPolicy even{.ensure_even_distribution = true};
  ScalingPolicy idle = even;
  idle.allow_idle_consumers = true;
  ScalingPolicy threads = even;
  threads.consumers_per_replica = 4;
  const Row rows[] = {
      {"lag 0 gives one replica's worth, as KEDA does, but no activity", even, offsets(12, 0), 10, false, 0,
       kEvenDistribution},
      {"exactly a factor", even, offsets(12, 30), 30, true, 3, kLag},
      {"raised to the next factor", even, offsets(12, 41), 60, true, 6, kEvenDistribution},
      {"raised to all partitions", even, offsets(12, 61), 120, true, 12, kEvenDistribution},
      {"cut to all partitions", even, offsets(12, 500), 120, true, 12, kPartitionCap},
      {"a prime has two factors", even, offsets(7, 11), 70, true, 7, kEvenDistribution},
      {"idle consumers do not lift the cap", idle, offsets(12, 500), 120, true, 12, kPartitionCap},
      {"four consumers a replica, one needed", threads, offsets(12, 10), 10, true, 1, kLag},
      {"four consumers a replica, two needed", threads, offsets(12, 11), 20, true, 2, kEvenDistribution},
      {"four consumers a replica, all needed", threads, offsets(12, 25), 30, true, 3, kEvenDistribution},
      {"four consumers a replica, at most those for all", threads, offsets(12, 500), 30, true, 3, kPartitionCap},
  };
  expect_rows(rows);
}

TEST(Decision, KeepsTheMetricBetweenTheScales) {
  using enum DecisionReason;
  const Row rows[] = {
      {"raised to minScale, and active", {.min_scale = 2}, offsets(4, 0), 20, true, 2, kMinScale},
      {"minScale wins over the partitions", {.min_scale = 6}, offsets(4, 500), 60, true, 6, kMinScale},
      {"cut to maxScale", {.max_scale = 3}, offsets(4, 500), 30, true, 3, kMaxScale},
      {"between them", {.min_scale = 1, .max_scale = 3}, offsets(4, 25), 25, true, 3, kLag},
  };
  expect_rows(rows);
}

TEST(Decision, LeavesHeadroomWhereTheHpaWouldStopShort) {
  using enum DecisionReason;
  const ScalingPolicy twelve{.hpa_max_replicas = 12};
  ScalingPolicy keda = twelve;
  keda.partition_cap = PartitionCap::kKeda;
  ScalingPolicy idle = twelve;
  idle.allow_idle_consumers = true;
  ScalingPolicy scaled = twelve;
  scaled.max_scale = 11;
  ScalingPolicy limited = twelve;
  limited.limit_to_partitions_with_lag = true;
  const Row rows[] = {
      {"just not enough lag", twelve, offsets(12, 119), 119, true, 12, kLag},
      {"enough lag for all", twelve, offsets(12, 120), 240, true, 12, kHeadroom},
      {"far more lag", twelve, offsets(12, 3000), 240, true, 12, kHeadroom},
      {"more partitions than the HPA's maximum", twelve, offsets(20, 130), 240, true, 12, kHeadroom},
      {"fewer partitions than the HPA's maximum", twelve, offsets(11, 3000), 110, true, 11, kPartitionCap},
      {"no partition cap at all", idle, offsets(4, 3000), 240, true, 12, kHeadroom},
      {"maxScale below the HPA's maximum", scaled, offsets(12, 3000), 110, true, 11, kMaxScale},
      {"fewer partitions with lag", limited, offsets(12, 3000), 10, true, 1, kPartitionsWithLag},
      {"KEDA's cap has none", keda, offsets(12, 3000), 120, true, 12, kPartitionCap},
  };
  expect_rows(rows);
}

TEST(Decision, IsActiveAboveTheActivationThresholdOnly) {
  const ScalingPolicy policy{.activation_lag_threshold = 5};
  EXPECT_FALSE(decide(policy, offsets(4, 5), kNow)->active);
  EXPECT_EQ(decide(policy, offsets(4, 5), kNow)->desired_replicas, 0);
  EXPECT_TRUE(decide(policy, offsets(4, 6), kNow)->active);
  EXPECT_TRUE(decide({.activation_lag_threshold = 100}, offsets(1, 101), kNow)->active) << "the cap does not count";
}

TEST(Decision, StaysActiveOnPersistentLagThatTheMetricLeavesOut) {
  ScalingPolicy policy;
  policy.lag.persistent_after = std::chrono::seconds(60);
  auto stuck = offsets(2, 500);
  stuck[0].partitions[0].progress = {kNow - std::chrono::minutes(5), kNow - std::chrono::minutes(5)};
  const auto decision = decide(policy, stuck, kNow);
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->metric_value, 0);
  EXPECT_EQ(decision->total_lag, 0);
  EXPECT_EQ(decision->activity_lag, 500);
  EXPECT_TRUE(decision->active);
  EXPECT_EQ(decision->desired_replicas, 1);
}

TEST(Decision, CountsOnlyThePartitionsOfTheLimitation) {
  ScalingPolicy policy;
  policy.partition_limitation = {{1, 2}};
  const lag::GroupOffsets group{topic("a", {1, 2, 4, 8}), topic("b", {16, 32})};
  const auto decision = decide(policy, group, kNow);
  ASSERT_TRUE(decision.has_value()) << decision.error().message;
  EXPECT_EQ(decision->total_lag, 2 + 4 + 32);
  EXPECT_EQ(decision->partitions, 3);
  EXPECT_EQ(decision->metric_value, 30);

  const auto counted = count_partitions(policy, group, kNow);
  ASSERT_TRUE(counted.has_value());
  ASSERT_EQ(counted->size(), 3U);
  EXPECT_EQ((*counted)[2].topic, "b");
  EXPECT_EQ((*counted)[2].offsets->partition, 1);
  EXPECT_EQ((*counted)[2].lag.reason, lag::LagReason::kBehind);
}

TEST(Decision, RefusesALimitationThatLeavesATopicNothing) {
  ScalingPolicy policy;
  for (const auto& ranges : {std::vector<std::pair<std::int32_t, std::int32_t>>{}, {{4, 9}}}) {
    policy.partition_limitation = ranges;
    const auto decision = decide(policy, offsets(4, 10), kNow);
    ASSERT_FALSE(decision.has_value());
    EXPECT_EQ(decision.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_THAT(decision.error().message, testing::AllOf(testing::HasSubstr("partitionLimitation"),
                                                         testing::HasSubstr("all 4 partitions of topic orders")));
  }
}

TEST(Decision, CountsRecordsThatAnOpenTransactionHides) {
  auto group = offsets(3, 5);
  group[0].partitions[0].high_watermark = 9;  // 4 behind the last stable offset
  group[0].partitions[1].high_watermark = 7;  // log end 0, committed 3: a read_uncommitted consumer
  group[0].partitions[1].committed = 3;
  group[0].partitions[2].high_watermark = 0;
  EXPECT_EQ(decide({}, group, kNow)->records_behind_lso, 4 + 4);
}

TEST(Decision, StopsAtTheLargestNumber) {
  using enum DecisionReason;
  const ScalingPolicy huge{.lag_threshold = kMost, .hpa_max_replicas = 3};
  ScalingPolicy even = huge;
  even.ensure_even_distribution = true;
  const lag::GroupOffsets full{topic("a", {kMost, kMost})};
  const Row rows[] = {
      {"the lag itself", {.partition_cap = PartitionCap::kNone}, full, kMost, true, kMost / 10 + 1, kLag},
      {"the cap", huge, full, kMost, true, 1, kLag},
      {"the factor", even, full, kMost, true, 1, kLag},
      {"the scales",
       {.lag_threshold = kMost, .min_scale = 2147483647, .max_scale = 2147483647},
       offsets(1, 0),
       kMost,
       true,
       1,
       kMinScale},
      {"the headroom",
       {.lag_threshold = kMost - 1, .hpa_max_replicas = 1},
       offsets(1, kMost),
       kMost,
       true,
       1,
       kHeadroom},
  };
  expect_rows(rows);
}

TEST(DecisionReason, HasANameEach) {
  std::set<std::string_view> names;
  for (int reason = 0; reason <= static_cast<int>(DecisionReason::kHeadroom); ++reason) {
    names.insert(to_string(static_cast<DecisionReason>(reason)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(DecisionReason::kHeadroom) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace weir::scaling
