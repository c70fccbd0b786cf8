#include "scaling/trigger_spec.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/parse.h"
#include "scaling/cluster_fields.h"
#include "scaling/kafka_version.h"
#include "scaling/policy_fields.h"
#include "scaling/trigger_fields.h"

namespace weir::scaling {
namespace {

std::string parse_group(TriggerFields& fields) {
  std::string group = fields.text_or_env("consumerGroup");
  if (group.empty()) fields.add_error("consumerGroup", "missing; write the group.id of the consumers");
  return group;
}

std::vector<std::string> parse_topics(TriggerFields& fields) {
  const std::string list = fields.text_or_env("topic");
  std::vector<std::string> topics;
  for (std::string& topic : base::split_trimmed(list, ',')) {
    if (topic.empty()) {
      fields.add_error("topic", list, "has an empty name; write topic names with one comma between them");
      return topics;
    }
    if (std::ranges::find(topics, topic) != topics.end()) {
      fields.add_error("topic", list, fmt::format("names {} twice; keep one", topic));
      return topics;
    }
    topics.push_back(std::move(topic));
  }
  return topics;
}

// Weir asks the brokers for their version; what KEDA refuses stays refused.
void check_version(TriggerFields& fields) {
  if (!fields.has("version") || is_kafka_version(fields.text("version"))) return;
  fields.add_error("version", "write a Kafka version such as 2.8.0, or leave it out; the oldest is 0.10.0.0");
}

}  // namespace

TriggerSpec parse_trigger(const TriggerMetadata& metadata, base::FieldErrors& errors) {
  TriggerFields fields(metadata, errors);
  TriggerSpec spec;
  spec.cluster = parse_cluster(fields);
  spec.group = parse_group(fields);
  spec.topics = parse_topics(fields);
  spec.policy = parse_policy(fields, !fields.text_or_env("topic").empty());
  check_version(fields);
  spec.metric_name = metric_name(spec.group, spec.topics);
  return spec;
}

base::Result<TriggerSpec> parse_trigger(const TriggerMetadata& metadata) {
  base::FieldErrors errors;
  TriggerSpec spec = parse_trigger(metadata, errors);
  if (!errors.empty()) return std::unexpected(errors.to_error());
  return spec;
}

}  // namespace weir::scaling
