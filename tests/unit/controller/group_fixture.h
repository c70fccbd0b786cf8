#pragma once

#include <string>

#include "controller/consumer_group.h"
#include "kube/json.h"

namespace weir::controller {

// A ConsumerGroup as the API server has it, defaults filled in.
inline kube::Json orders() {
  return kube::Json::parse(R"({
    "apiVersion": "weir.dev/v1alpha1", "kind": "ConsumerGroup",
    "metadata": {"namespace": "shop", "name": "orders", "uid": "u-1", "generation": 3, "resourceVersion": "77"},
    "spec": {
      "replicas": 4, "bootstrapServers": ["kafka:9092", "kafka-2:9092"], "topics": ["orders"], "groupId": "billing",
      "initialOffset": "latest",
      "scaling": {"class": "keda", "min": 0, "max": 50, "lagThreshold": 100, "activationLagThreshold": 0,
                  "pollingInterval": 10, "cooldownPeriod": 30, "consumersPerReplica": 1}
    }})");
}

}  // namespace weir::controller
