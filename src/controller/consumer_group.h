#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kube/json.h"
#include "kube/resource.h"

namespace weir::controller {

const kube::Resource& consumer_group_resource();
const kube::Resource& scaled_object_resource();

// Of spec.vreplicaCost, as the schema has it.
inline constexpr std::int64_t kMostVReplicaCost = 1000;

// A key of a Secret in the group's namespace.
struct SecretKey {
  std::string name, key;

  bool operator==(const SecretKey&) const = default;
};

// Where a group's credentials come from, by KEDA's names of the parameters.
struct GroupAuth {
  std::string secret;                          // of spec.secretRef; empty: none
  std::map<std::string, std::string> plain;    // sasl, tls: known without a Secret
  std::map<std::string, SecretKey> from_keys;  // username, password, ca, ...

  bool operator==(const GroupAuth&) const = default;
};

// What a ConsumerGroup object says, but for spec.scaling (scaling_settings.h). The API server has checked it.
struct ConsumerGroup {
  kube::ObjectKey key;
  std::string uid;
  std::int64_t generation = 0;
  bool deleting = false;
  std::int64_t replicas = 0;
  std::vector<std::string> bootstrap_servers;
  std::string cluster_ref;
  std::vector<std::string> topics;
  std::string group_id;
  std::string initial_offset;
  GroupAuth auth;
};

ConsumerGroup read_consumer_group(const kube::Json& object);

// Of the ScaledObject that belongs to the group: so-<uid>, short enough for the HPA's name whatever the group's is.
std::string scaled_object_name(const std::string& uid);

// status.selector: a label that no pod carries, for HPAs whose selectors meet are ambiguous.
std::string selector_of(const std::string& uid);

}  // namespace weir::controller
