#include "controller/group_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::controller {
namespace {

using base::ErrorCode;
using kube::Json;

constexpr const char* kAutoscaling = "Autoscaling";
constexpr const char* kLagKnown = "LagKnown";
constexpr const char* kReady = "Ready";
constexpr const char* kPending = "Pending";

Condition autoscaling(ConditionStatus status, std::string reason, std::string message) {
  return {kAutoscaling, status, std::move(reason), std::move(message)};
}

// A condition that stands as it is, or where it knows nothing either, one that says why.
Condition standing(const Json& object, const char* type, std::string reason, std::string message) {
  const Json& old = find_condition(kube::at(object, "/status/conditions"), type);
  const auto status = kube::text_at(old, "/status");
  const bool knows = status == "True" || status == "False" || kube::text_at(old, "/reason") == reason;
  if (!knows) return {type, ConditionStatus::kUnknown, std::move(reason), std::move(message)};
  return {type,
          status == "True"    ? ConditionStatus::kTrue
          : status == "False" ? ConditionStatus::kFalse
                              : ConditionStatus::kUnknown,
          kube::text_at(old, "/reason"), kube::text_at(old, "/message")};
}

bool owns(const ConsumerGroup& group, const Json& scaled_object) {
  for (const Json& owner : kube::at(scaled_object, "/metadata/ownerReferences"))
    if (kube::text_at(owner, "/uid") == group.uid) return true;
  return false;
}

// Who else has this name or this target.
std::string conflict(const ConsumerGroup& group, const Observed& observed) {
  if (!observed.rivals.empty())
    return fmt::format("ScaledObject {} scales this group too; delete it, or disable autoscaling here",
                       fmt::join(observed.rivals, ", "));
  if (!observed.scaled_object || owns(group, *observed.scaled_object)) return "";
  return fmt::format("ScaledObject {} is there but does not belong to this group; delete it",
                     scaled_object_name(group.uid));
}

// The last number that the scaler told; while it cannot tell, what status holds.
std::optional<std::int64_t> known_partitions(const Json& object, const Observed& observed) {
  if (observed.lag && *observed.lag) return (*observed.lag)->partitions;
  const auto told = kube::int_at(object, "/status/partitions");
  return told > 0 ? std::optional(told) : std::nullopt;
}

std::string reason_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "InvalidTrigger";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kPermissionDenied:
      return "PermissionDenied";
    case ErrorCode::kUnauthenticated:
      return "CredentialsRefused";
    case ErrorCode::kResourceExhausted:
      return "QuotaUsedUp";
    case ErrorCode::kUnavailable:
    case ErrorCode::kInternal:
      break;
  }
  return "Unavailable";
}

Condition lag_condition(const Json& object, const Observed& observed) {
  if (observed.lag && *observed.lag)
    return {kLagKnown, ConditionStatus::kTrue, "Measured", "the scaler measures the lag of this group"};
  if (!observed.lag) return standing(object, kLagKnown, "Pending", "the scaler has not been asked yet");
  const auto& error = observed.lag->error();
  // It may be back in a moment, and status need not follow.
  if (error.code == ErrorCode::kUnavailable) return standing(object, kLagKnown, "Unavailable", error.message);
  return {kLagKnown, ConditionStatus::kFalse, reason_of(error.code), error.message};
}

// A leader that is new to its work knows nothing yet; that is no news.
Condition scheduled_condition(const Json& object, const PlacementReport& placement) {
  const Condition& told = placement.scheduled;
  if (told.status != ConditionStatus::kUnknown || told.reason != kPending) return told;
  return standing(object, kScheduled, told.reason, told.message);
}

// `parts` begins with scaling.
Condition ready(const std::vector<Condition>& parts) {
  for (const Condition& part : parts)
    if (part.status == ConditionStatus::kFalse) return {kReady, part.status, part.reason, part.message};
  for (const Condition& part : parts)
    if (part.status == ConditionStatus::kUnknown && part.type != kLagKnown)
      return {kReady, part.status, part.reason, part.message};
  return {kReady, ConditionStatus::kTrue, parts.front().reason, parts.front().message};
}

class Planner {
 public:
  Planner(const Json& object, const Observed& observed, const ScaledObjectOptions& options)
      : object_(object), observed_(observed), options_(options), group_(read_consumer_group(object)) {}

  GroupPlan plan() {
    plan_.replicas = group_.replicas;
    plan_.selector = selector_of(group_.uid);
    plan_.partitions = known_partitions(object_, observed_);
    plan_.placement = observed_.placement;
    plan_.conditions = {decide(), lag_condition(object_, observed_)};
    if (plan_.placement) plan_.conditions.push_back(scheduled_condition(object_, *plan_.placement));
    plan_.conditions.push_back(ready(plan_.conditions));
    return std::move(plan_);
  }

 private:
  Condition decide() {
    const auto settings = read_scaling(object_);
    if (!settings) return autoscaling(ConditionStatus::kFalse, "InvalidScaling", settings.error().message);
    if (observed_.keda == KedaState::kUnknown)
      return standing(object_, kAutoscaling, "Pending", "whether KEDA is installed is not known yet");
    if (settings->scaling_class == ScalingClass::kDisabled) return disable();
    if (observed_.keda == KedaState::kAbsent)
      return autoscaling(ConditionStatus::kFalse, "KedaNotInstalled",
                         "the cluster has no ScaledObjects; install KEDA, or scale this group by hand");
    if (const auto rival = conflict(group_, observed_); !rival.empty())
      return autoscaling(ConditionStatus::kFalse, "ConflictingScaledObject", rival);
    return enable(*settings);
  }

  Condition disable() {
    if (observed_.scaled_object && owns(group_, *observed_.scaled_object)) plan_.action = RemoveScaledObject{};
    return autoscaling(ConditionStatus::kTrue, "AutoscalingDisabled", "replicas stay as they are written");
  }

  Condition enable(const ScalingSettings& settings) {
    if (!observed_.scaled_object) {
      // KEDA would only report a scaler that is away, and a first cap would be changed at once.
      if (!observed_.scaler_serves)
        return autoscaling(ConditionStatus::kFalse, "ScalerUnavailable",
                           "the scaler does not answer; the ScaledObject is made once it does");
      if (!observed_.lag)
        return autoscaling(ConditionStatus::kUnknown, "Pending", "the scaler has not been asked for partitions yet");
    }
    auto desired = desired_scaled_object(group_, settings, plan_.partitions, options_);
    if (!observed_.scaled_object || !is_applied(*observed_.scaled_object, desired))
      plan_.action = ApplyScaledObject{std::move(desired)};
    if (min_above_partitions(settings, plan_.partitions))
      return autoscaling(ConditionStatus::kTrue, "MinAbovePartitions",
                         fmt::format("min is {}, but {} partitions keep fewer replicas busy: there will be exactly min",
                                     settings.min, *plan_.partitions));
    return autoscaling(ConditionStatus::kTrue, "ScaledObjectApplied",
                       fmt::format("KEDA scales this group by ScaledObject {}", scaled_object_name(group_.uid)));
  }

  const Json& object_;
  const Observed& observed_;
  const ScaledObjectOptions& options_;
  const ConsumerGroup group_;
  GroupPlan plan_;
};

}  // namespace

GroupPlan plan_group(const Json& object, const Observed& observed, const ScaledObjectOptions& options) {
  return Planner(object, observed, options).plan();
}

}  // namespace weir::controller
