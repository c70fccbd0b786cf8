#pragma once

#include <string>

#include "base/error.h"
#include "lag/lag_client.h"

namespace weir::cli {

// The trigger of a ConsumerGroup, as KEDA sends it where it scales the group. `name` is NAMESPACE/NAME. `kubeconfig`
// empty: as kubectl finds it, or else that of the pod. kInvalidArgument for a wrong name or kubeconfig.
base::Result<lag::TriggerReference> trigger_of_consumer_group(const std::string& name, const std::string& kubeconfig);

}  // namespace weir::cli
