#pragma once

#include "cli/check_trigger.h"
#include "scaling/trigger_spec.h"

namespace weir::cli {

// Replicas: whether maxReplicaCount, hpaMaxReplicas, the partitions and the scales of a trigger fit together.
void check_scale(const CheckNode& metadata, const scaling::TriggerSpec& spec, const ScaledKind& object,
                 const CheckOptions& options, CheckReport& report);

}  // namespace weir::cli
