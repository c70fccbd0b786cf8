#pragma once

#include "scaling/trigger_fields.h"
#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Reads which cluster a trigger means, how to connect and where its credentials are.
ClusterRequest parse_cluster(TriggerFields& fields);

}  // namespace weir::scaling
