#include "controller/group_reconciler.h"

#include <algorithm>
#include <utility>

#include "controller/group_status.h"
#include "controller/log_failure.h"
#include "controller/scaling_settings.h"

namespace weir::controller {
namespace {

using kube::Json;

// Owner of the fields that the controller applies, whatever pod it runs in.
constexpr std::string_view kManager = "weir-controller";
constexpr std::chrono::milliseconds kCatchUp{500};

std::int64_t replicas_for(const ScalingSettings& settings, std::int64_t lag) {
  return std::min(settings.max, lag / settings.lag_threshold + (lag % settings.lag_threshold == 0 ? 0 : 1));
}

void refuse(GroupPlan& plan, const kube::ApiError& error) {
  for (Condition& condition : plan.conditions)
    if (condition.type != "LagKnown")
      condition = {condition.type, ConditionStatus::kFalse, "ScaledObjectRefused", error.message};
}

}  // namespace

Outcome GroupReconciler::reconcile(const kube::ObjectKey& key) {
  auto object = parts_.groups.get(key);
  if (!object || read_consumer_group(*object).deleting) {
    parts_.lags.forget(key);
    parts_.gate.forget(key);
    return {};
  }
  Outcome outcome;
  want_lag(*object);
  const bool is_new = kube::text_at(*object, "/status/selector").empty();
  // A new group's first status can as well have its lag.
  if (const auto patience = parts_.lags.patience(key, parts_.clock.now()); is_new && patience.count() > 0) {
    outcome.again = patience;
    return outcome;
  }
  const Observed observed = observe(*object);
  GroupPlan plan = plan_group(*object, observed, options_);
  const auto lag = lag_to_tell(*object, observed, outcome);

  Json current = *object;
  // KEDA and the HPA read the scale of a group as soon as its ScaledObject exists. Unless that is refused below, the
  // status says all by then.
  if (std::holds_alternative<ApplyScaledObject>(plan.action) && is_new) {
    auto written = write_status(current, plan, lag, outcome);
    if (!written) return outcome;
    current = *std::move(written);
  }
  if (!act(current, plan)) outcome.failed = true;
  tell(*object, plan);
  write_status(current, plan, lag, outcome);
  return outcome;
}

void GroupReconciler::want_lag(const Json& object) const {
  const auto settings = read_scaling(object);
  if (!settings) return;
  const auto group = read_consumer_group(object);
  const auto told = kube::int_at(object, "/status/partitions");
  const auto partitions = told > 0 ? std::optional(told) : std::nullopt;
  parts_.lags.want(group.key,
                   {.ns = group.key.ns,
                    .name = scaled_object_name(group.uid),
                    .metadata = trigger_metadata(group, *settings, partitions, options_)},
                   parts_.clock.now());
}

Observed GroupReconciler::observe(const Json& object) const {
  const auto key = kube::key_of(object);
  const auto own = scaled_object_name(kube::uid_of(object));
  auto rivals = parts_.keda.scaling(key);
  std::erase(rivals, own);
  return {.keda = parts_.keda.state(),
          .scaled_object = parts_.keda.scaled_object({key.ns, own}),
          .rivals = std::move(rivals),
          .scaler_serves = parts_.lags.serves(),
          .lag = parts_.lags.reading(key),
          .placement = parts_.placement(object)};
}

std::optional<std::int64_t> GroupReconciler::lag_to_tell(const Json& object, const Observed& observed,
                                                         Outcome& outcome) const {
  const Json& status = kube::at(object, "/status/lag");
  const auto told = status.is_number_integer() ? std::optional(status.get<std::int64_t>()) : std::nullopt;
  if (!observed.lag || !*observed.lag) return told;
  const auto now = (*observed.lag)->lag;
  if (!told) return now;
  const auto settings = read_scaling(object);
  const bool decision = settings && replicas_for(*settings, *told) != replicas_for(*settings, now);
  if (!lag_is_news(*told, now, decision)) return told;
  const auto wait = parts_.gate.ask(kube::key_of(object), parts_.clock.now());
  if (wait.count() == 0) return now;
  outcome.again = wait;
  return told;
}

std::optional<Json> GroupReconciler::write_status(const Json& object, const GroupPlan& plan,
                                                  std::optional<std::int64_t> lag, Outcome& outcome) const {
  const auto desired = desired_status(object, plan, lag, parts_.clock.system_now());
  if (status_is_current(object, desired)) return object;
  auto written = parts_.client.apply(consumer_group_resource(), desired, kManager, "status");
  if (written) return *std::move(written);
  // Gone in the meantime: nothing is left to be done.
  if (written.error().not_found()) return object;
  if (written.error().conflict()) {
    // Memory is behind, and the newer object is on its way.
    outcome.again = kCatchUp;
    return std::nullopt;
  }
  outcome.failed = true;
  log_failure(logger_, "a status cannot be written", kube::key_of(object), written.error());
  return std::nullopt;
}

bool GroupReconciler::act(const Json& object, GroupPlan& plan) const {
  if (const auto* wanted = std::get_if<ApplyScaledObject>(&plan.action)) return apply(wanted->object, plan);
  if (std::holds_alternative<RemoveScaledObject>(plan.action)) return remove(object);
  return true;
}

bool GroupReconciler::apply(const Json& scaled_object, GroupPlan& plan) const {
  const auto applied = parts_.client.apply(scaled_object_resource(), scaled_object, kManager);
  if (applied) return true;
  const auto& error = applied.error();
  log_failure(logger_, "a ScaledObject cannot be applied", kube::key_of(scaled_object), error);
  // Trying again will not change a refusal soon: people should know.
  if (!error.temporary() && !error.conflict()) refuse(plan, error);
  return false;
}

bool GroupReconciler::remove(const Json& object) const {
  const kube::ObjectKey key{kube::key_of(object).ns, scaled_object_name(kube::uid_of(object))};
  const auto found = parts_.keda.scaled_object(key);
  if (!found || kube::is_deleting(*found)) return true;
  const auto removed = parts_.client.remove(scaled_object_resource(), key, kube::uid_of(*found));
  if (removed || removed.error().not_found()) return true;
  log_failure(logger_, "a ScaledObject cannot be deleted", key, removed.error());
  return false;
}

void GroupReconciler::tell(const Json& object, const GroupPlan& plan) const {
  for (const Condition& condition : turned(kube::at(object, "/status/conditions"), plan.conditions)) {
    if (condition.type == "Ready" || condition.status == ConditionStatus::kUnknown) continue;
    parts_.events.record(object, {.type = is_bad(condition) ? kube::EventType::kWarning : kube::EventType::kNormal,
                                  .reason = condition.reason,
                                  .action = condition.type,
                                  .note = condition.message});
  }
}

}  // namespace weir::controller
