#include <gtest/gtest.h>

#include "scaling/trigger_spec.h"

namespace weir::scaling {
namespace {

TEST(MetricName, IsKedas) {
  const struct {
    const char* what;
    const char* group;
    std::vector<std::string> topics;
    const char* name;
  } rows[] = {
      {"the topic", "orders", {"orders"}, "kafka-orders"},
      {"the group without a topic", "orders", {}, "kafka-orders-topics"},
      {"several topics with commas", "orders", {"a", "b"}, "kafka-a,b"},
      {"characters that a metric may not have become dashes", "g", {"a/b.c:d%e(f)_g-h"}, "kafka-a-b-c-d-e-f-_g-h"},
      {"in the group too", "team.orders", {}, "kafka-team-orders-topics"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(metric_name(row.group, row.topics), row.name) << row.what;
}

}  // namespace
}  // namespace weir::scaling
