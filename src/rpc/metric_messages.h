#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "externalscaler.pb.h"
#include "scaling/decision.h"
#include "scaling/trigger_spec.h"

namespace weir::rpc {

// Name and target of a trigger's metric.
void write_spec(const scaling::TriggerSpec& spec, externalscaler::GetMetricSpecResponse& response);

// The value, in both fields: a KEDA that finds 0 in the float looks at the integer.
void write_value(const std::string& metric_name, const scaling::Decision& decision,
                 externalscaler::GetMetricsResponse& response);

// kInvalidArgument unless `requested` is the metric of `spec`, with or without the sN- that KEDA puts before it, or
// empty.
base::Result<void> check_metric_name(std::string_view requested, const scaling::TriggerSpec& spec);

}  // namespace weir::rpc
