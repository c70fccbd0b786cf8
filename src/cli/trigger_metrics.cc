#include "cli/trigger_metrics.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <tuple>

namespace weir::cli {
namespace {

struct GroupFigures {
  std::size_t triggers = 0;
  bool decided = false;
  double lag = 0, behind_lso = 0;
  bool active = false;
  bool at_most = false;
  double replicas = 0;
  double snapshot_time = 0;  // of the oldest
};

using GroupKey = std::tuple<std::string, std::string, std::string>;

double unix_seconds(base::SystemTime time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// Whether the lag asks for as many replicas as the group may have, or more.
bool at_most_replicas(const scaling::ScalingPolicy& policy, const scaling::Decision& decision) {
  using scaling::DecisionReason;
  if (!decision.active) return false;
  if (policy.hpa_max_replicas && decision.desired_replicas >= *policy.hpa_max_replicas) return true;
  return decision.reason == DecisionReason::kPartitionCap || decision.reason == DecisionReason::kPartitionsWithLag ||
         decision.reason == DecisionReason::kMaxScale || decision.reason == DecisionReason::kHeadroom;
}

void add_trigger(const rpc::TriggerStatus& row, GroupFigures& figures) {
  ++figures.triggers;
  if (!row.decision || !*row.decision || !row.subscription.snapshot) return;
  const scaling::Decision& decision = **row.decision;
  const double time = unix_seconds(row.subscription.snapshot->taken_at);
  figures.snapshot_time = figures.decided ? std::min(figures.snapshot_time, time) : time;
  figures.decided = true;
  figures.lag += static_cast<double>(decision.total_lag);
  figures.behind_lso += static_cast<double>(decision.records_behind_lso);
  figures.active = figures.active || decision.active;
  figures.at_most = figures.at_most || at_most_replicas(row.trigger->spec.policy, decision);
  figures.replicas = std::max(figures.replicas, static_cast<double>(decision.desired_replicas));
}

std::map<GroupKey, GroupFigures> by_group(const std::vector<rpc::TriggerStatus>& triggers) {
  std::map<GroupKey, GroupFigures> groups;
  for (const auto& row : triggers)
    add_trigger(row, groups[{row.trigger->ns, row.trigger->name, row.trigger->spec.group}]);
  return groups;
}

void add_series(const GroupKey& key, const GroupFigures& figures, std::vector<telemetry::Sample>& samples) {
  const auto& [ns, name, group] = key;
  const telemetry::Labels labels{{"namespace", ns}, {"name", name}, {"group", group}};
  samples.push_back(
      {"weir_group_lag", "Records that the group has not committed yet, before any cap.", labels, figures.lag});
  samples.push_back(
      {"weir_group_active", "1 when KEDA is told to keep the group running.", labels, figures.active ? 1.0 : 0.0});
  samples.push_back(
      {"weir_group_desired_replicas", "Replicas that the metric asks the HPA for.", labels, figures.replicas});
  samples.push_back({"weir_group_at_max_replicas",
                     "1 when the lag asks for as many replicas as partitions or maxima allow, or for more.", labels,
                     figures.at_most ? 1.0 : 0.0});
  samples.push_back({"weir_group_records_behind_lso",
                     "With read_committed: records behind the last stable offset, not counted in the lag.", labels,
                     figures.behind_lso});
  samples.push_back({"weir_snapshot_timestamp_seconds", "When the offsets behind the decision were read.", labels,
                     figures.snapshot_time});
}

}  // namespace

void collect_trigger_metrics(const std::vector<rpc::TriggerStatus>& triggers, std::size_t most,
                             std::vector<telemetry::Sample>& samples) {
  GroupFigures sum;
  std::size_t groups = 0, active = 0, dropped = 0, undecided = 0;
  for (const auto& [key, figures] : by_group(triggers)) {
    sum.lag += figures.lag;
    sum.replicas += figures.replicas;
    active += figures.active ? 1 : 0;
    undecided += figures.decided ? 0 : 1;
    if (groups++ >= most)
      dropped += figures.triggers;
    else if (figures.decided)
      add_series(key, figures, samples);
  }
  const auto total = [&](const char* name, const char* help, double value) {
    samples.push_back({name, help, {}, value});
  };
  total("weir_triggers", "Triggers that were asked for lately.", static_cast<double>(triggers.size()));
  total("weir_groups", "Groups with a trigger that was asked for lately.", static_cast<double>(groups));
  total("weir_groups_active", "Groups that KEDA is told to keep running.", static_cast<double>(active));
  total("weir_groups_without_snapshot", "Groups whose offsets could not be read so far.",
        static_cast<double>(undecided));
  total("weir_groups_lag", "Lag of all groups together, in records.", sum.lag);
  total("weir_groups_desired_replicas", "Desired replicas of all groups together.", sum.replicas);
  total("weir_metrics_dropped_triggers", "Triggers without series of their own, above --metrics-max-triggers.",
        static_cast<double>(dropped));
}

}  // namespace weir::cli
