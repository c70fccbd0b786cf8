#include "controller/group_status.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace weir::controller {

using kube::Json;

namespace {

Json places_of(const PlacementReport::Placed& placed) {
  Json places = Json::array();
  for (const auto& [pod, vreplicas, zone] : placed.places) {
    Json& place = places.emplace_back(Json{{"podName", pod}, {"vreplicas", vreplicas}});
    if (!zone.empty()) place["zone"] = zone;
  }
  return places;
}

// What is not said stands: a field that this apply left out would go.
void put_placement(const Json& object, const PlacementReport& placement, Json& status) {
  if (placement.placed) {
    status["placements"] = places_of(*placement.placed);
    status["readyReplicas"] = placement.placed->ready;
    return;
  }
  const Json& before = kube::at(object, "/status");
  for (const char* field : {"placements", "readyReplicas"})
    if (before.contains(field)) status[field] = before.at(field);
}

// The API server may keep another order of a list whose elements have a key.
bool list_contains(const Json& actual, const Json& wanted, const char* key) {
  if (!actual.is_array() || actual.size() != wanted.size()) return false;
  std::map<std::string, const Json*> by_key;
  for (const Json& item : actual)
    by_key[item.value(key, "")] = &item;
  return std::ranges::all_of(wanted, [&](const Json& item) {
    const auto found = by_key.find(item.value(key, ""));
    return found != by_key.end() && kube::contains(*found->second, item);
  });
}

}  // namespace

Json desired_status(const Json& object, const GroupPlan& plan, std::optional<std::int64_t> lag, base::SystemTime now) {
  const auto generation = kube::int_at(object, "/metadata/generation");
  Json status{
      {"observedGeneration", generation},
      {"replicas", plan.replicas},
      {"selector", plan.selector},
      {"conditions", render_conditions(kube::at(object, "/status/conditions"), plan.conditions, generation, now)}};
  if (plan.partitions) status["partitions"] = *plan.partitions;
  if (lag) status["lag"] = *lag;
  if (plan.placement) put_placement(object, *plan.placement, status);
  const auto key = kube::key_of(object);
  return {{"apiVersion", consumer_group_resource().api_version()},
          {"kind", consumer_group_resource().kind},
          {"metadata",
           {{"namespace", key.ns},
            {"name", key.name},
            {"uid", kube::uid_of(object)},
            {"resourceVersion", kube::resource_version_of(object)}}},
          {"status", std::move(status)}};
}

bool status_is_current(const Json& object, const Json& desired) {
  const Json& actual = kube::at(object, "/status");
  Json rest = desired.at("status");
  for (const auto& [field, key] : {std::pair("conditions", "type"), std::pair("placements", "podName")}) {
    if (!rest.contains(field)) continue;
    if (!actual.contains(field) || !list_contains(actual.at(field), rest.at(field), key)) return false;
    rest.erase(field);
  }
  // Of a group that has no pool any more.
  for (const char* field : {"placements", "readyReplicas"})
    if (actual.contains(field) && !desired.at("status").contains(field)) return false;
  return kube::contains(actual, rest);
}

bool lag_is_news(std::int64_t told, std::int64_t now, bool decision_changed) {
  if (told == now) return false;
  return decision_changed || told == 0 || now == 0 || now >= 2 * told || told >= 2 * now;
}

}  // namespace weir::controller
