#pragma once

#include "scaling/trigger_fields.h"
#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Reads how lag becomes a metric value. `has_topics`: whether the trigger names topics, without which some rules are
// errors.
ScalingPolicy parse_policy(TriggerFields& fields, bool has_topics);

}  // namespace weir::scaling
