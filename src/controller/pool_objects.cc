#include "controller/pool_objects.h"

#include <algorithm>

#include "base/parse.h"
#include "controller/applied_hash.h"
#include "controller/conditions.h"
#include "controller/consumer_group.h"

namespace weir::controller {
namespace {

using kube::at;
using kube::Json;
using kube::text_at;

constexpr const char* kZoneLabel = "/metadata/labels/topology.kubernetes.io~1zone";
constexpr const char* kUnreachable = "node.kubernetes.io/unreachable";
// The API server's own: they tell of a state that passes.
constexpr std::string_view kNodeTaints = "node.kubernetes.io/";

// `wanted` of `object` and nothing else; what is not there stays away.
void keep_only(Json& object, std::initializer_list<const char*> wanted) {
  Json kept = Json::object();
  for (const char* pointer : wanted)
    if (const Json& found = at(object, pointer); !found.is_null()) kept[Json::json_pointer(pointer)] = found;
  object = std::move(kept);
}

Json condition_ready(const Json& object) {
  Json ready = find_condition(at(object, "/status/conditions"), "Ready");
  if (ready.is_null()) return Json::array();
  keep_only(ready, {"/type", "/status", "/lastTransitionTime"});
  return Json::array({std::move(ready)});
}

bool has_condition_ready(const Json& object) {
  return text_at(find_condition(at(object, "/status/conditions"), "Ready"), "/status") == "True";
}

bool tolerates(const Json& tolerations, const Json& taint) {
  return std::ranges::any_of(tolerations, [&](const Json& toleration) {
    const auto key = text_at(toleration, "/key"), effect = text_at(toleration, "/effect");
    const bool same_effect = effect.empty() || effect == text_at(taint, "/effect");
    const bool exists = text_at(toleration, "/operator") == "Exists";
    if (key.empty()) return exists && same_effect;
    return key == text_at(taint, "/key") && same_effect &&
           (exists || text_at(toleration, "/value") == text_at(taint, "/value"));
  });
}

}  // namespace

const kube::Resource& stateful_set_resource() {
  static const kube::Resource resource{"apps", "v1", "statefulsets", "StatefulSet"};
  return resource;
}

const kube::Resource& pod_resource() {
  static const kube::Resource resource{"", "v1", "pods", "Pod"};
  return resource;
}

const kube::Resource& node_resource() {
  static const kube::Resource resource{"", "v1", "nodes", "Node"};
  return resource;
}

void trim_stateful_set(Json& object) {
  const auto digest = applied_hash(at(object, "/spec/template"));
  keep_only(object, {"/apiVersion", "/kind", "/metadata", "/spec/replicas", "/spec/template/metadata/labels",
                     "/spec/template/spec/nodeSelector", "/spec/template/spec/tolerations",
                     "/status/observedGeneration", "/status/currentRevision", "/status/updateRevision"});
  object["spec"]["template"]["digest"] = digest;
}

void trim_pod(Json& object) {
  Json conditions = condition_ready(object);
  keep_only(object, {"/apiVersion", "/kind", "/metadata/name", "/metadata/namespace", "/metadata/uid",
                     "/metadata/resourceVersion", "/metadata/deletionTimestamp", "/metadata/creationTimestamp",
                     "/metadata/ownerReferences", "/metadata/annotations/weir.dev~1unschedulable",
                     "/metadata/annotations/weir.dev~1applied-generation", "/spec/nodeName", "/status/phase"});
  object["status"]["conditions"] = std::move(conditions);
}

void trim_node(Json& object) {
  Json conditions = condition_ready(object);
  keep_only(object, {"/apiVersion", "/kind", "/metadata/name", "/metadata/resourceVersion", "/metadata/labels",
                     "/spec/unschedulable", "/spec/taints"});
  object["status"]["conditions"] = std::move(conditions);
}

kube::ObjectKey stateful_set_of(const Json& pod) {
  for (const Json& owner : at(pod, "/metadata/ownerReferences"))
    if (text_at(owner, "/kind") == "StatefulSet" && at(owner, "/controller") == Json(true))
      return {kube::key_of(pod).ns, text_at(owner, "/name")};
  return {};
}

placement::Pod read_pod(const Json& pod, placement::Ordinal ordinal) {
  const auto phase = text_at(pod, "/status/phase");
  const auto unschedulable = base::parse_bool(text_at(pod, "/metadata/annotations/weir.dev~1unschedulable"));
  return {.ordinal = ordinal,
          .node = text_at(pod, "/spec/nodeName"),
          .terminating = kube::is_deleting(pod),
          .failed = phase == "Failed" || phase == "Succeeded",
          .unschedulable = unschedulable.value_or(false)};
}

placement::Node read_node(const Json& node) {
  const Json& taints = at(node, "/spec/taints");
  const bool unreachable =
      std::ranges::any_of(taints, [](const Json& taint) { return text_at(taint, "/key") == kUnreachable; });
  return {.name = kube::key_of(node).name,
          .zone = text_at(node, kZoneLabel),
          .ready = has_condition_ready(node) && !unreachable,
          .cordoned = at(node, "/spec/unschedulable") == Json(true)};
}

bool is_ready(const Json& pod) {
  return has_condition_ready(pod) && !kube::is_deleting(pod);
}

std::int64_t applied_generation(const Json& pod) {
  return base::parse_int(text_at(pod, "/metadata/annotations/weir.dev~1applied-generation")).value_or(0);
}

placement::Demand read_demand(const Json& group) {
  const auto partitions = kube::int_at(group, "/status/partitions");
  placement::Demand demand{.vreplicas = static_cast<placement::Count>(kube::int_at(group, "/status/replicas"))};
  if (partitions > 0) demand.partitions = static_cast<placement::Count>(partitions);
  demand.cost = static_cast<placement::Count>(
      std::clamp<std::int64_t>(kube::int_at(group, "/spec/vreplicaCost", 1), 1, kMostVReplicaCost));
  return demand;
}

placement::Placements read_placements(const Json& group, const std::string& stateful_set) {
  placement::Placements placements;
  for (const Json& placed : at(group, "/status/placements"))
    if (const auto ordinal = placement::parse_pod_name(stateful_set, text_at(placed, "/podName")))
      placements.push_back({*ordinal, static_cast<placement::Count>(kube::int_at(placed, "/vreplicas"))});
  return placements;
}

placement::StatefulSet read_stateful_set(const Json& stateful_set, const std::string& settled) {
  const auto current = text_at(stateful_set, "/status/currentRevision");
  const auto update = text_at(stateful_set, "/status/updateRevision");
  // Its controller takes the first pod away before it says in status that it updates. Another number of replicas is
  // no update.
  const bool about_to = !is_observed(stateful_set) && template_of(stateful_set) != settled;
  return {.replicas = static_cast<placement::Count>(
              std::clamp<std::int64_t>(kube::int_at(stateful_set, "/spec/replicas", 1), 0, placement::kMaxOrdinal)),
          .updating = about_to || (!update.empty() && !current.empty() && update != current)};
}

std::string template_of(const Json& stateful_set) {
  return text_at(stateful_set, "/spec/template/digest");
}

bool is_observed(const Json& stateful_set) {
  return kube::int_at(stateful_set, "/status/observedGeneration") >= kube::int_at(stateful_set, "/metadata/generation");
}

bool may_carry(const Json& node, const Json& stateful_set) {
  const Json& labels = at(node, "/metadata/labels");
  const Json& selector = at(stateful_set, "/spec/template/spec/nodeSelector");
  if (selector.is_object() && !kube::contains(labels, selector)) return false;
  const Json& tolerations = at(stateful_set, "/spec/template/spec/tolerations");
  return std::ranges::none_of(at(node, "/spec/taints"), [&](const Json& taint) {
    return !text_at(taint, "/key").starts_with(kNodeTaints) && text_at(taint, "/effect") != "PreferNoSchedule" &&
           !tolerates(tolerations, taint);
  });
}

}  // namespace weir::controller
