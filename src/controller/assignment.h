#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "kube/json.h"
#include "kube/resource.h"
#include "placement/types.h"

// The ConfigMap that tells a pod of a pool what to consume; docs/assignments.md has its format.
namespace weir::controller {

const kube::Resource& config_map_resource();

// The label of every assignment.
inline constexpr const char* kAssignmentSelector = "weir.dev/assignment=true";

// Bytes of an assignment from which its pod counts as full, and below which it no longer does.
inline constexpr std::size_t kFullBytes = 900 * 1024;
inline constexpr std::size_t kRoomBytes = 800 * 1024;
// More than that no ConfigMap can hold.
inline constexpr std::size_t kMostBytes = 1000 * 1024;

// What a data plane needs to know of a group, but for generation and vreplicas.
kube::Json assignment_entry(const kube::Json& group);

// A group in an assignment that was written.
struct AssignedGroup {
  std::string digest;  // of its entry
  placement::Count vreplicas = 0;
  std::int64_t generation = 0;

  bool operator==(const AssignedGroup&) const = default;
};

// An assignment as the API server has it. Without a uid there is none.
struct Assignment {
  std::string uid, resource_version;
  std::int64_t generation = 0;
  std::string owner;    // uid of the StatefulSet that it says it belongs to
  bool ours = false;    // labelled as one
  bool intact = false;  // its format is that of this version
  std::map<kube::ObjectKey, AssignedGroup> groups;

  bool operator==(const Assignment&) const = default;
};

// Leaves of a ConfigMap what read_assignment() wants, which is much less.
void trim_assignment(kube::Json& config_map);
Assignment read_assignment(const kube::Json& trimmed);

// Whose assignment is written.
struct AssignmentTarget {
  kube::ObjectKey pool;
  std::string pool_uid;
  std::string pod;
};

// The ConfigMap, just the fields that are ours. `groups` is the list of entries; `before` says from which one it was
// decided.
kube::Json render_assignment(const AssignmentTarget& target, std::int64_t generation, kube::Json groups,
                             const Assignment& before);

}  // namespace weir::controller
