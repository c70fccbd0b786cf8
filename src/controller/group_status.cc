#include "controller/group_status.h"

namespace weir::controller {

using kube::Json;

Json desired_status(const Json& object, const GroupPlan& plan, std::optional<std::int64_t> lag, base::SystemTime now) {
  const auto generation = kube::int_at(object, "/metadata/generation");
  Json status{
      {"observedGeneration", generation},
      {"replicas", plan.replicas},
      {"selector", plan.selector},
      {"conditions", render_conditions(kube::at(object, "/status/conditions"), plan.conditions, generation, now)}};
  if (plan.partitions) status["partitions"] = *plan.partitions;
  if (lag) status["lag"] = *lag;
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
  return kube::contains(kube::at(object, "/status"), desired.at("status"));
}

bool lag_is_news(std::int64_t told, std::int64_t now, bool decision_changed) {
  if (told == now) return false;
  return decision_changed || told == 0 || now == 0 || now >= 2 * told || told >= 2 * now;
}

}  // namespace weir::controller
