#include "rpc/lag_messages.h"

#include <chrono>
#include <optional>

#include <google/protobuf/util/time_util.h>

#include "lag/partition_lag.h"
#include "rpc/call.h"
#include "scaling/decision.h"

namespace weir::rpc {
namespace {

using google::protobuf::util::TimeUtil;

void write_partition(const scaling::PartitionDecision& counted, v1::PartitionLag& message) {
  const lag::PartitionOffsets& offsets = *counted.offsets;
  message.set_partition(offsets.partition);
  if (offsets.committed) message.set_committed(*offsets.committed);
  if (offsets.log_start) message.set_log_start(*offsets.log_start);
  if (offsets.log_end) message.set_log_end(*offsets.log_end);
  if (offsets.high_watermark) message.set_high_watermark(*offsets.high_watermark);
  message.set_lag(counted.lag.lag);
  message.set_activity_lag(counted.lag.activity_lag);
  message.set_reason(std::string(lag::to_string(counted.lag.reason)));
}

// `counted` is in the order of topics.
void write_partitions(const std::vector<scaling::PartitionDecision>& counted, v1::Description& message) {
  v1::TopicLag* topic = nullptr;
  for (const auto& partition : counted) {
    if (topic == nullptr || topic->topic() != partition.topic) {
      topic = message.add_topics();
      topic->set_topic(std::string(partition.topic));
    }
    write_partition(partition, *topic->add_partitions());
  }
}

void write_decision(const scaling::Decision& decision, v1::Description& message) {
  message.set_metric_value(decision.metric_value);
  message.set_target(decision.target);
  message.set_active(decision.active);
  message.set_desired_replicas(decision.desired_replicas);
  message.set_decision_reason(std::string(scaling::to_string(decision.reason)));
  message.set_total_lag(decision.total_lag);
  message.set_activity_lag(decision.activity_lag);
}

lag::DescribedPartition to_partition(const v1::PartitionLag& message) {
  lag::DescribedPartition partition;
  partition.partition = message.partition();
  if (message.has_committed()) partition.committed = message.committed();
  if (message.has_log_start()) partition.log_start = message.log_start();
  if (message.has_log_end()) partition.log_end = message.log_end();
  if (message.has_high_watermark()) partition.high_watermark = message.high_watermark();
  partition.lag = message.lag();
  partition.activity_lag = message.activity_lag();
  partition.reason = message.reason();
  return partition;
}

}  // namespace

base::Result<v1::Description> describe(const Context& context, const TriggerPtr& trigger,
                                       const monitor::SnapshotPtr& snapshot) {
  const auto decision = decide(context, trigger, snapshot);
  if (!decision) return std::unexpected(decision.error());
  const auto& policy = trigger->spec.policy;
  const auto counted = scaling::count_partitions(policy, *snapshot->offsets, context.clock.now());
  if (!counted) return std::unexpected(counted.error());

  v1::Description message;
  message.set_group(trigger->spec.group);
  message.set_metric_name(trigger->spec.metric_name);
  write_partitions(*counted, message);
  write_decision(*decision, message);
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(snapshot->taken_at.time_since_epoch());
  *message.mutable_snapshot_time() = TimeUtil::MillisecondsToTimestamp(taken.count());
  if (const auto error = context.monitor.status(trigger->subscription).error) message.set_refresh_error(error->message);
  message.set_session(context.triggers.session_name(trigger));
  return message;
}

lag::LagDescription to_description(const v1::Description& message) {
  lag::LagDescription description;
  description.group = message.group();
  for (const auto& topic : message.topics()) {
    auto& added = description.topics.emplace_back();
    added.topic = topic.topic();
    for (const auto& partition : topic.partitions())
      added.partitions.push_back(to_partition(partition));
  }
  description.metric_name = message.metric_name();
  description.metric_value = message.metric_value();
  description.target = message.target();
  description.active = message.active();
  description.desired_replicas = message.desired_replicas();
  description.decision_reason = message.decision_reason();
  description.total_lag = message.total_lag();
  description.activity_lag = message.activity_lag();
  description.snapshot_time =
      base::SystemTime(std::chrono::milliseconds(TimeUtil::TimestampToMilliseconds(message.snapshot_time())));
  description.refresh_error = message.refresh_error();
  description.session = message.session();
  return description;
}

}  // namespace weir::rpc
