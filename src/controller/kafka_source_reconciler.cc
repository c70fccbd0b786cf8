#include "controller/kafka_source_reconciler.h"

#include <algorithm>
#include <array>

#include "controller/log_failure.h"
#include "kube/list_all.h"
#include "kube/time.h"

namespace weir::controller {
namespace {

using kube::Json;

constexpr std::string_view kSourceManager = "weir-kafka-source";
constexpr std::chrono::milliseconds kAfterConflict{500};
// Leases of Knative's are renewed every few seconds.
constexpr std::chrono::seconds kAlive{60};
constexpr std::array<std::string_view, 3> kKnativeLeases{"kafka-broker-controller.", "kafka-controller.",
                                                         "kafkasource-controller."};

}  // namespace

Outcome KafkaSourceReconciler::reconcile(const kube::ObjectKey& key) const {
  Outcome outcome;
  const auto source = parts_.sources.get(key);
  if (!source || !is_managed(*source, options_.mode) || kube::is_deleting(*source)) return outcome;
  const auto group = parts_.groups.get(key);
  const auto problem = make_group(*source, group, outcome);
  write_status(*source, group, problem, outcome);
  return outcome;
}

KafkaSourceReconciler::Problem KafkaSourceReconciler::make_group(const Json& source, const kube::ObjectPtr& group,
                                                                 Outcome& outcome) const {
  if (group && !made_of(*group, source))
    return {"NameTaken", "there is a ConsumerGroup of this name that was not made of this KafkaSource; delete it"};
  const auto wanted = group_of_source(source, options_.default_pool);
  if (!wanted) return {"InvalidSource", wanted.error().message};
  std::optional<Json> current;
  if (group) current = *group;
  if (!group || !kube::contains(*group, wanted->group)) {
    auto applied = parts_.client.apply(consumer_group_resource(), wanted->group, kSourceManager);
    if (!applied) {
      fail(kube::key_of(source), "a ConsumerGroup cannot be applied", applied.error(), outcome);
      if (applied.error().temporary()) return {"Pending", ""};
      return {"ConsumerGroupRefused", applied.error().message};
    }
    current = *std::move(applied);
  }
  if (wanted->replicas) write_replicas(*current, *wanted->replicas, outcome);
  return {"Pending", ""};
}

// Not by the apply above: KEDA's replicas would fall back to the default when they are no longer ours.
void KafkaSourceReconciler::write_replicas(const Json& group, std::int64_t replicas, Outcome& outcome) const {
  if (kube::int_at(group, "/spec/replicas") == replicas) return;
  const auto written =
      parts_.client.merge_patch(consumer_group_resource(), kube::key_of(group),
                                {{"metadata", {{"uid", kube::uid_of(group)}}}, {"spec", {{"replicas", replicas}}}});
  if (!written) fail(kube::key_of(group), "replicas cannot be written", written.error(), outcome);
}

void KafkaSourceReconciler::write_status(const Json& source, const kube::ObjectPtr& group, const Problem& problem,
                                         Outcome& outcome) const {
  const bool ours = group && made_of(*group, source);
  const auto patch =
      source_status_patch(source, ours ? *group : Json(), problem.reason, problem.text, parts_.clock.system_now());
  if (patch.is_null()) return;
  const auto key = kube::key_of(source);
  const auto written = parts_.client.merge_patch(resource_, key, patch, "status");
  if (!written && written.error().conflict())
    outcome.again = kAfterConflict;
  else if (!written && !written.error().not_found())
    fail(key, "the status of a KafkaSource cannot be written", written.error(), outcome);
  else if (written && !problem.text.empty())
    parts_.events.record(
        source,
        {.type = kube::EventType::kWarning, .reason = problem.reason, .action = "WeirReady", .note = problem.text});
}

void KafkaSourceReconciler::fail(const kube::ObjectKey& key, const char* what, const kube::ApiError& error,
                                 Outcome& outcome) const {
  outcome.failed = true;
  log_failure(logger_, what, key, error);
}

kube::ApiResult<std::string> live_knative_controller(kube::Client& client, base::SystemTime now) {
  const auto oldest = kube::format_micro_time(now - kAlive);
  const auto leases = kube::list_all(client, {"coordination.k8s.io", "v1", "leases", "Lease"});
  if (!leases) return std::unexpected(leases.error());
  for (const Json& lease : *leases) {
    const auto key = kube::key_of(lease);
    const bool knative =
        std::ranges::any_of(kKnativeLeases, [&](std::string_view prefix) { return key.name.starts_with(prefix); });
    // Times of this form are in the order of their letters.
    if (knative && !kube::text_at(lease, "/spec/holderIdentity").empty() &&
        kube::text_at(lease, "/spec/renewTime") >= oldest)
      return kube::to_string(key);
  }
  return std::string();
}

}  // namespace weir::controller
