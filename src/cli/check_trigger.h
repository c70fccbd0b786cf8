#pragma once

#include <cstdint>
#include <optional>

#include "cli/check.h"
#include "cli/check_report.h"

namespace weir::cli {

// What a trigger's own check needs to know of the object that it stands in.
struct ScaledKind {
  bool is_job = false;            // ScaledJob, which has no HPA
  std::int64_t min_replicas = 0;  // KEDA's default is 0
  std::optional<std::int64_t> max_replicas;
  CheckNode max_replicas_node;
};

// Checks one trigger. False if it is not one for Weir, nor one of KEDA's own for Kafka.
bool check_trigger(const CheckNode& trigger, const ScaledKind& object, const CheckOptions& options,
                   CheckReport& report);

}  // namespace weir::cli
