#include "cli/status_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "lag/partition_lag.h"
#include "scaling/decision.h"

namespace weir::cli {
namespace {

using nlohmann::json;

// Seconds with milliseconds, as a number people can read.
double seconds(base::SteadyTime::duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

std::string utc(base::SystemTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time - whole).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)), ms);
}

json error_json(const base::Error& error) {
  return {{"code", base::to_string(error.code)}, {"message", error.message}};
}

json or_null(const std::optional<lag::Offset>& offset) {
  return offset ? json(*offset) : json(nullptr);
}

json session_json(const kafka::SessionStatus& session) {
  json row{{"name", session.name},
           {"brokers", session.brokers},
           {"authentication", session.authentication},
           {"readCommitted", session.read_committed},
           {"source", session.source},
           {"connected", session.connected},
           {"requests", session.requests},
           {"bytesSent", session.bytes_sent},
           {"requestsByType", session.requests_by_type},
           {"bytesReceived", session.bytes_received},
           {"connects", session.connects},
           {"disconnects", session.disconnects},
           {"errors", session.errors}};
  if (!session.last_error.empty()) row["lastError"] = session.last_error;
  return row;
}

json decision_json(const scaling::Decision& decision) {
  return {{"metric", decision.metric_value},
          {"target", decision.target},
          {"active", decision.active},
          {"desiredReplicas", decision.desired_replicas},
          {"lag", decision.total_lag},
          {"activityLag", decision.activity_lag},
          {"partitions", decision.partitions},
          {"partitionsWithLag", decision.partitions_with_lag},
          {"recordsBehindLastStableOffset", decision.records_behind_lso},
          {"reason", scaling::to_string(decision.reason)}};
}

json partitions_json(const rpc::TriggerStatus& status, base::SteadyTime now) {
  json rows = json::array();
  if (!status.subscription.snapshot) return rows;
  const auto counted =
      scaling::count_partitions(status.trigger->spec.policy, *status.subscription.snapshot->offsets, now);
  if (!counted) return rows;
  for (const auto& partition : *counted) {
    rows.push_back({{"topic", partition.topic},
                    {"partition", partition.offsets->partition},
                    {"committed", or_null(partition.offsets->committed)},
                    {"logStart", or_null(partition.offsets->log_start)},
                    {"logEnd", or_null(partition.offsets->log_end)},
                    {"lag", partition.lag.lag},
                    {"reason", lag::to_string(partition.lag.reason)}});
  }
  return rows;
}

json trigger_json(const rpc::TriggerStatus& status, base::SteadyTime now, bool partitions) {
  const rpc::Trigger& trigger = *status.trigger;
  json row{{"namespace", trigger.ns},
           {"name", trigger.name},
           {"group", trigger.spec.group},
           {"topics", trigger.spec.topics},
           {"metricName", trigger.spec.metric_name},
           {"session", status.session},
           {"openStreams", status.streams},
           {"lastAskedSecondsAgo", seconds(now - status.last_asked)},
           {"snapshot", nullptr},
           {"decision", nullptr},
           {"error", nullptr}};
  if (const auto& snapshot = status.subscription.snapshot)
    row["snapshot"] = {{"time", utc(snapshot->taken_at)}, {"ageSeconds", seconds(now - snapshot->taken)}};
  if (status.decision && *status.decision) row["decision"] = decision_json(**status.decision);
  if (status.decision && !*status.decision) row["error"] = error_json(status.decision->error());
  if (status.subscription.error) row["error"] = error_json(*status.subscription.error);
  if (partitions) row["partitions"] = partitions_json(status, now);
  return row;
}

std::vector<const rpc::TriggerStatus*> by_name(const StatusInput& input) {
  std::vector<const rpc::TriggerStatus*> rows;
  rows.reserve(input.triggers.size());
  for (const auto& row : input.triggers)
    rows.push_back(&row);
  std::ranges::sort(rows, {}, [](const rpc::TriggerStatus* row) {
    return std::tie(row->trigger->ns, row->trigger->name, row->trigger->spec.metric_name);
  });
  return rows;
}

}  // namespace

json status_report(const StatusInput& input, bool partitions) {
  json report{{"component", "scaler"},
              {"version", input.version},
              {"uptimeSeconds", seconds(input.now - input.started)},
              {"unready", input.unready ? json(*input.unready) : json(nullptr)},
              {"maxStaleSeconds", seconds(input.max_stale)},
              {"sessions", json::array()},
              {"triggers", json::array()}};
  for (const auto& session : input.sessions)
    report["sessions"].push_back(session_json(session));
  for (const auto* row : by_name(input))
    report["triggers"].push_back(trigger_json(*row, input.now, partitions));
  return report;
}

std::optional<json> status_of(const StatusInput& input, const std::string& ns, const std::string& name) {
  json triggers = json::array();
  for (const auto* row : by_name(input))
    if (row->trigger->ns == ns && row->trigger->name == name) triggers.push_back(trigger_json(*row, input.now, true));
  if (triggers.empty()) return std::nullopt;
  return json{{"triggers", std::move(triggers)}};
}

}  // namespace weir::cli
