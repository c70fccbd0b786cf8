#pragma once

#include <cstdint>
#include <string>

#include "kube/json.h"
#include "kube/resource.h"
#include "placement/settings.h"
#include "placement/types.h"

// How StatefulSets, pods and nodes are read, and what of them is kept in memory.
namespace weir::controller {

const kube::Resource& stateful_set_resource();
const kube::Resource& pod_resource();
const kube::Resource& node_resource();

// The label of a pool's StatefulSet and of its pods.
inline constexpr const char* kPoolSelector = "weir.dev/pool=true";

void trim_stateful_set(kube::Json& object);
void trim_pod(kube::Json& object);
void trim_node(kube::Json& object);

// The StatefulSet that the pod belongs to; an empty name: none.
kube::ObjectKey stateful_set_of(const kube::Json& pod);

// `full` is not the API server's to say.
placement::Pod read_pod(const kube::Json& pod, placement::Ordinal ordinal);
placement::Node read_node(const kube::Json& node);

bool is_ready(const kube::Json& pod);
// The generation of its assignment that the pod's data plane has acknowledged; 0: none.
std::int64_t applied_generation(const kube::Json& pod);

// What was accepted for a group, status.replicas, the partitions that it is known to have, and what each replica costs.
placement::Demand read_demand(const kube::Json& group);
// The placements in a group's status that are on pods of the StatefulSet, in no order.
placement::Placements read_placements(const kube::Json& group, const std::string& stateful_set);

// `settled` is what template_of() gave when the StatefulSet's own controller had last seen all of it; empty: unknown.
placement::StatefulSet read_stateful_set(const kube::Json& stateful_set, const std::string& settled);
// Tells one template of pods from another.
std::string template_of(const kube::Json& stateful_set);
// Whether its controller has seen the object as it is.
bool is_observed(const kube::Json& stateful_set);

// Whether pods of the StatefulSet could come to the node, by its labels and taints.
bool may_carry(const kube::Json& node, const kube::Json& stateful_set);

}  // namespace weir::controller
