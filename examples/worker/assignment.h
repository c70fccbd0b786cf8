#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "kube/json.h"

namespace weir::worker {

// A ConsumerGroup's share of a pod.
struct GroupEntry {
  std::string ns, name, uid;
  int vreplicas = 0;
  std::vector<std::string> bootstrap_servers;  // or
  std::string cluster_ref;
  std::vector<std::string> topics;
  std::string group_id, initial_offset;
  kube::Json auth;  // null: no credentials

  bool operator==(const GroupEntry&) const = default;
};

// What a pod is to consume.
struct Assignment {
  std::int64_t generation = 0;
  std::vector<GroupEntry> groups;
};

// Reads the ConfigMap of a pod (docs/assignments.md). kInvalidArgument says what is wrong with it.
base::Result<Assignment> read_assignment(const kube::Json& config_map);

}  // namespace weir::worker
