#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "kube/json.h"
#include "kube/resource.h"

namespace weir::controller {

// Which KafkaSources become ConsumerGroups: none, those annotated weir.dev/managed=true, or every one.
enum class KafkaSourceMode { kOff, kManaged, kAll };

// off, managed or all; kInvalidArgument names these.
base::Result<KafkaSourceMode> parse_kafka_source_mode(const std::string& text);

// sources.knative.dev at a version, v1 or v1beta1.
kube::Resource kafka_source_resource(const std::string& version);

// Whether it is ours to act on.
bool is_managed(const kube::Json& source, KafkaSourceMode mode);

// What is to be made of a KafkaSource.
struct GroupOfSource {
  kube::Json group;                        // the ConsumerGroup, just the fields that are ours: for server-side apply
  std::optional<std::int64_t> replicas{};  // to be written where nothing scales it; none: whoever scales it writes them
};

// KafkaSource as Knative's v1 and v1beta1 have it. It is scaled when it has an autoscaling annotation and its class is
// not disabled. `default_pool` for groups, which name none; an empty name: none. kInvalidArgument names every field
// that cannot be mapped.
base::Result<GroupOfSource> group_of_source(const kube::Json& source, const kube::ObjectKey& default_pool);

// Whether a ConsumerGroup was made of this source.
bool made_of(const kube::Json& group, const kube::Json& source);

// A patch of the source's status, from the resourceVersion that it was decided from; null: it is as it should be.
// `group` null: there is none. `problem` empty: none.
kube::Json source_status_patch(const kube::Json& source, const kube::Json& group, const std::string& reason,
                               const std::string& problem, base::SystemTime now);

}  // namespace weir::controller
