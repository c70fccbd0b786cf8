#include "rpc/metric_messages.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::rpc {
namespace {

scaling::TriggerSpec spec(const std::string& name) {
  scaling::TriggerSpec spec;
  spec.metric_name = name;
  spec.policy.lag_threshold = 50;
  return spec;
}

TEST(MetricMessagesTest, TargetsAreInBothFields) {
  externalscaler::GetMetricSpecResponse response;
  write_spec(spec("kafka-orders"), response);
  ASSERT_EQ(response.metricspecs_size(), 1);
  EXPECT_EQ(response.metricspecs(0).metricname(), "kafka-orders");
  EXPECT_EQ(response.metricspecs(0).targetsize(), 50);
  EXPECT_EQ(response.metricspecs(0).targetsizefloat(), 50.0);
}

TEST(MetricMessagesTest, ValuesAreInBothFields) {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1}, std::int64_t{1} << 40}) {
    scaling::Decision decision;
    decision.metric_value = value;
    externalscaler::GetMetricsResponse response;
    write_value("kafka-orders", decision, response);
    ASSERT_EQ(response.metricvalues_size(), 1);
    EXPECT_EQ(response.metricvalues(0).metricname(), "kafka-orders");
    EXPECT_EQ(response.metricvalues(0).metricvalue(), value);
    EXPECT_EQ(response.metricvalues(0).metricvaluefloat(), static_cast<double>(value));
  }
}

TEST(MetricMessagesTest, TheMetricIsAskedForWithOrWithoutItsIndex) {
  struct Row {
    std::string requested, metric;
    bool known;
  };
  const std::vector<Row> rows{
      {"kafka-orders", "kafka-orders", true},
      {"s0-kafka-orders", "kafka-orders", true},
      {"s12-kafka-orders", "kafka-orders", true},
      {"", "kafka-orders", true},
      {"s1-s2-x", "s2-x", true},
      {"s2-x", "s2-x", true},
      {"kafka-other", "kafka-orders", false},
      {"s-kafka-orders", "kafka-orders", false},
      {"sx-kafka-orders", "kafka-orders", false},
      {"s0-", "kafka-orders", false},
  };
  for (const Row& row : rows) {
    const auto known = check_metric_name(row.requested, spec(row.metric));
    EXPECT_EQ(known.has_value(), row.known) << row.requested << " for " << row.metric;
    if (known) continue;
    EXPECT_EQ(known.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_NE(known.error().message.find(row.metric), std::string::npos) << known.error().message;
  }
}

}  // namespace
}  // namespace weir::rpc
