#include "cli/controller_report.h"

#include <cmath>

#include <fmt/format.h>

#include "controller/consumer_group.h"

namespace weir::cli {
namespace {

using kube::Json;

// NAMESPACE/NAME of the StatefulSet; null: none.
Json pool_of(const Json& object, const std::string& ns) {
  const auto name = kube::text_at(object, "/spec/pool/name");
  if (name.empty()) return nullptr;
  const auto other = kube::text_at(object, "/spec/pool/namespace");
  return (other.empty() ? ns : other) + "/" + name;
}

Json placements_of(const Json& object) {
  Json rows = Json::array();
  for (const Json& placement : kube::at(object, "/status/placements"))
    rows.push_back({{"pod", kube::text_at(placement, "/podName")},
                    {"zone", kube::text_at(placement, "/zone")},
                    {"vreplicas", kube::int_at(placement, "/vreplicas")}});
  return rows;
}

Json conditions_of(const Json& object) {
  Json rows = Json::array();
  for (const Json& condition : kube::at(object, "/status/conditions"))
    rows.push_back({{"type", kube::text_at(condition, "/type")},
                    {"status", kube::text_at(condition, "/status")},
                    {"reason", kube::text_at(condition, "/reason")},
                    {"message", kube::text_at(condition, "/message")}});
  return rows;
}

Json group_json(const Json& object) {
  const auto group = controller::read_consumer_group(object);
  return {{"namespace", group.key.ns},
          {"name", group.key.name},
          {"groupId", group.group_id},
          {"topics", group.topics},
          {"pool", pool_of(object, group.key.ns)},
          {"wanted", group.replicas},
          {"replicas", kube::at(object, "/status/replicas")},
          {"readyReplicas", kube::at(object, "/status/readyReplicas")},
          {"partitions", kube::at(object, "/status/partitions")},
          {"lag", kube::at(object, "/status/lag")},
          {"conditions", conditions_of(object)},
          {"placements", placements_of(object)}};
}

Json pod_json(const controller::PoolPodView& pod) {
  return {{"name", pod.name},      {"node", pod.node},           {"zone", pod.zone},
          {"state", pod.state},    {"full", pod.full},           {"unschedulable", pod.unschedulable},
          {"used", pod.used},      {"vreplicas", pod.vreplicas}, {"generation", pod.generation},
          {"applied", pod.applied}};
}

// Placements are by ordinal; a page wants the pods' names.
Json pool_group_json(const controller::PoolGroupView& group, const std::string& pool) {
  Json placements = Json::array();
  for (const auto& [pod, vreplicas] : group.placements)
    placements.push_back({{"pod", fmt::format("{}-{}", pool, pod)}, {"vreplicas", vreplicas}});
  return {{"namespace", group.key.ns}, {"name", group.key.name},
          {"wanted", group.wanted},    {"vreplicaCost", group.cost},
          {"pending", group.pending},  {"reason", group.reason},
          {"message", group.message},  {"placements", std::move(placements)}};
}

Json pool_json(const controller::PoolView& pool) {
  Json row{{"namespace", pool.key.ns},
           {"name", pool.key.name},
           {"problem", pool.problem},
           {"capacity", pool.capacity},
           {"replicas", pool.replicas},
           {"wanted", pool.wanted},
           {"minReplicas", pool.min_replicas},
           {"maxReplicas", pool.max_replicas},
           {"held", pool.held},
           {"pods", Json::array()},
           {"groups", Json::array()}};
  for (const auto& pod : pool.pods)
    row["pods"].push_back(pod_json(pod));
  for (const auto& group : pool.groups)
    row["groups"].push_back(pool_group_json(group, pool.key.name));
  return row;
}

}  // namespace

Json controller_report(const ControllerInput& input) {
  const auto up = std::chrono::duration<double>(input.now - input.started).count();
  Json report{{"component", "controller"},
              {"version", input.version},
              {"uptimeSeconds", std::round(up * 1000) / 1000},
              {"unready", input.unready.empty() ? Json(nullptr) : Json(input.unready)},
              {"leader", input.leader},
              {"identity", input.identity},
              {"groups", Json::array()},
              {"pools", Json::array()}};
  for (const auto& pool : input.pools)
    report["pools"].push_back(pool_json(pool));
  for (const auto& object : input.groups)
    report["groups"].push_back(group_json(*object));
  return report;
}

}  // namespace weir::cli
