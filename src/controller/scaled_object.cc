#include "controller/scaled_object.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/divide_up.h"
#include "controller/applied_hash.h"

namespace weir::controller {
namespace {

using kube::Json;

// Replicas that have a partition to read.
std::int64_t partition_cap(const ScalingSettings& settings, std::int64_t partitions) {
  return base::divide_up<std::int64_t>(partitions, settings.consumers_per_replica);
}

void add_auth(const GroupAuth& auth, std::map<std::string, std::string>& metadata) {
  if (!auth.secret.empty()) metadata["authSecret"] = auth.secret;
  for (const auto& [parameter, value] : auth.plain)
    metadata[parameter] = value;
  std::string references;
  for (const auto& [parameter, from] : auth.from_keys)
    references += fmt::format("{}{}={}/{}", references.empty() ? "" : "; ", parameter, from.name, from.key);
  if (!references.empty()) metadata["auth"] = references;
}

// Up in one step, as lag says at once how many are needed; down slowly, as each step makes the group rebalance.
Json hpa_behavior(std::int64_t max, bool tolerance) {
  const auto policy = [](const char* type, std::int64_t value, int seconds) {
    return Json::array({Json{{"type", type}, {"value", value}, {"periodSeconds", seconds}}});
  };
  Json up{{"stabilizationWindowSeconds", 0}, {"policies", policy("Pods", max, 15)}, {"selectPolicy", "Max"}};
  if (tolerance) up["tolerance"] = "0";
  const Json down{
      {"stabilizationWindowSeconds", 300}, {"policies", policy("Percent", 50, 60)}, {"selectPolicy", "Max"}};
  return {{"scaleUp", up}, {"scaleDown", down}};
}

Json cron_trigger(const ScheduledReplicas& scheduled) {
  return {{"type", "cron"},
          {"metadata",
           {{"timezone", scheduled.timezone},
            {"start", scheduled.start},
            {"end", scheduled.end},
            {"desiredReplicas", std::to_string(scheduled.replicas)}}}};
}

Json owner_of(const ConsumerGroup& group) {
  return {{"apiVersion", consumer_group_resource().api_version()},
          {"kind", consumer_group_resource().kind},
          {"name", group.key.name},
          {"uid", group.uid},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

}  // namespace

std::int64_t max_replicas(const ScalingSettings& settings, std::optional<std::int64_t> partitions) {
  auto most = settings.max;
  if (partitions) most = std::min(most, partition_cap(settings, *partitions));
  // KEDA takes no maximum of 0.
  return std::max({most, settings.min, std::int64_t{1}});
}

bool min_above_partitions(const ScalingSettings& settings, std::optional<std::int64_t> partitions) {
  return partitions && settings.min > partition_cap(settings, *partitions);
}

std::map<std::string, std::string> trigger_metadata(const ConsumerGroup& group, const ScalingSettings& settings,
                                                    std::optional<std::int64_t> partitions,
                                                    const ScaledObjectOptions& options) {
  std::map<std::string, std::string> metadata{
      {"scalerAddress", options.scaler_address},
      {"consumerGroupRef", group.key.name},
      {"consumerGroup", group.group_id},
      {"topic", fmt::format("{}", fmt::join(group.topics, ","))},
      {"offsetResetPolicy", group.initial_offset},
      {"lagThreshold", std::to_string(settings.lag_threshold)},
      {"activationLagThreshold", std::to_string(settings.activation_lag_threshold)},
      {"consumersPerReplica", std::to_string(settings.consumers_per_replica)}};
  if (group.cluster_ref.empty())
    metadata["bootstrapServers"] = fmt::format("{}", fmt::join(group.bootstrap_servers, ","));
  else
    metadata["clusterRef"] = group.cluster_ref;
  if (options.scaler_tls) metadata["enableTLS"] = "true";
  if (!options.hpa_tolerance) metadata["hpaMaxReplicas"] = std::to_string(max_replicas(settings, partitions));
  add_auth(group.auth, metadata);
  return metadata;
}

Json desired_scaled_object(const ConsumerGroup& group, const ScalingSettings& settings,
                           std::optional<std::int64_t> partitions, const ScaledObjectOptions& options) {
  const auto max = max_replicas(settings, partitions);
  Json own{{"type", "external-push"}, {"metadata", trigger_metadata(group, settings, partitions, options)}};
  if (!options.scaler_authentication.empty())
    own["authenticationRef"] = {{"kind", "ClusterTriggerAuthentication"}, {"name", options.scaler_authentication}};
  Json triggers = Json::array({std::move(own)});
  for (const ScheduledReplicas& scheduled : settings.schedule)
    triggers.push_back(cron_trigger(scheduled));
  const Json spec{
      {"scaleTargetRef",
       {{"apiVersion", consumer_group_resource().api_version()},
        {"kind", consumer_group_resource().kind},
        {"name", group.key.name}}},
      {"pollingInterval", settings.polling_interval},
      {"cooldownPeriod", settings.cooldown_period},
      {"minReplicaCount", settings.min},
      {"maxReplicaCount", max},
      {"advanced", {{"horizontalPodAutoscalerConfig", {{"behavior", hpa_behavior(max, options.hpa_tolerance)}}}}},
      {"triggers", triggers}};
  return {{"apiVersion", scaled_object_resource().api_version()},
          {"kind", scaled_object_resource().kind},
          {"metadata",
           {{"namespace", group.key.ns},
            {"name", scaled_object_name(group.uid)},
            {"annotations", {{kHashAnnotation, applied_hash(spec)}}},
            {"ownerReferences", Json::array({owner_of(group)})}}},
          {"spec", spec}};
}

bool is_applied(const Json& actual, const Json& desired) {
  return kube::contains(actual, desired);
}

}  // namespace weir::controller
