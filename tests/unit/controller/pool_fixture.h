#pragma once

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "controller/pool_objects.h"
#include "kube/json.h"

// Objects of a pool `weir/dispatcher` as informers keep them.
namespace weir::controller {

inline kube::ObjectPtr kept(kube::Json object) {
  return std::make_shared<const kube::Json>(std::move(object));
}

inline kube::Json pool_json(int replicas, const kube::Json& annotations = kube::Json::object()) {
  auto object = kube::Json::parse(R"({
    "apiVersion": "apps/v1", "kind": "StatefulSet",
    "metadata": {"namespace": "weir", "name": "dispatcher", "uid": "s-1", "generation": 1, "resourceVersion": "5",
                 "labels": {"weir.dev/pool": "true"}},
    "spec": {"template": {"metadata": {"labels": {"weir.dev/pool": "true"}}, "spec": {"containers": [{"image": "a"}]}}},
    "status": {"observedGeneration": 1, "currentRevision": "r1", "updateRevision": "r1"}})");
  object["spec"]["replicas"] = replicas;
  object["metadata"]["annotations"] = annotations;
  return object;
}

inline kube::ObjectPtr pool_object(int replicas, const kube::Json& annotations = kube::Json::object()) {
  auto object = pool_json(replicas, annotations);
  trim_stateful_set(object);
  return kept(std::move(object));
}

inline kube::Json pod_json(int ordinal, const std::string& node) {
  return {
      {"apiVersion", "v1"},
      {"kind", "Pod"},
      {"metadata",
       {{"namespace", "weir"},
        {"name", fmt::format("dispatcher-{}", ordinal)},
        {"uid", fmt::format("p-{}", ordinal)},
        {"annotations", kube::Json::object()},
        {"ownerReferences",
         kube::Json::array({kube::Json{{"kind", "StatefulSet"}, {"name", "dispatcher"}, {"controller", true}}})}}},
      {"spec", {{"nodeName", node}}},
      {"status",
       {{"phase", "Running"}, {"conditions", kube::Json::array({kube::Json{{"type", "Ready"}, {"status", "True"}}})}}}};
}

inline kube::Json node_json(const std::string& name, const std::string& zone) {
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", name}, {"labels", {{"topology.kubernetes.io/zone", zone}}}}},
          {"spec", kube::Json::object()},
          {"status", {{"conditions", kube::Json::array({kube::Json{{"type", "Ready"}, {"status", "True"}}})}}}};
}

// With accepted replicas, as the controller has written them.
inline kube::Json group_json(const std::string& ns, const std::string& name, int replicas) {
  return {{"apiVersion", "weir.dev/v1alpha1"},
          {"kind", "ConsumerGroup"},
          {"metadata", {{"namespace", ns}, {"name", name}, {"uid", "u-" + name}, {"resourceVersion", "9"}}},
          {"spec",
           {{"replicas", replicas},
            {"bootstrapServers", {"kafka:9092"}},
            {"topics", {"orders"}},
            {"groupId", name},
            {"initialOffset", "latest"},
            {"pool", {{"name", "dispatcher"}, {"namespace", "weir"}}}}},
          {"status", {{"replicas", replicas}}}};
}

}  // namespace weir::controller
