#include "rpc/metric_messages.h"

#include <algorithm>

namespace weir::rpc {
namespace {

std::string_view without_index(std::string_view name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos || dash < 2 || name.front() != 's') return name;
  const auto index = name.substr(1, dash - 1);
  const bool digits = std::ranges::all_of(index, [](char c) { return c >= '0' && c <= '9'; });
  return digits ? name.substr(dash + 1) : name;
}

}  // namespace

void write_spec(const scaling::TriggerSpec& spec, externalscaler::GetMetricSpecResponse& response) {
  auto& metric = *response.add_metricspecs();
  metric.set_metricname(spec.metric_name);
  metric.set_targetsize(spec.policy.lag_threshold);
  metric.set_targetsizefloat(static_cast<double>(spec.policy.lag_threshold));
}

void write_value(const std::string& metric_name, const scaling::Decision& decision,
                 externalscaler::GetMetricsResponse& response) {
  auto& metric = *response.add_metricvalues();
  metric.set_metricname(metric_name);
  metric.set_metricvalue(decision.metric_value);
  metric.set_metricvaluefloat(static_cast<double>(decision.metric_value));
}

base::Result<void> check_metric_name(std::string_view requested, const scaling::TriggerSpec& spec) {
  if (requested.empty() || requested == spec.metric_name || without_index(requested) == spec.metric_name) return {};
  return base::fail(base::ErrorCode::kInvalidArgument, "metricName \"{}\": the trigger's only metric is {}", requested,
                    spec.metric_name);
}

}  // namespace weir::rpc
