#include "access/group_directory.h"

#include <array>

#include "controller/consumer_group.h"
#include "controller/scaled_object.h"
#include "controller/scaling_settings.h"

namespace weir::access {
namespace {

using kube::Json;

// What a trigger that names a group cannot say otherwise: where the group is and with whose credentials it is read.
constexpr std::array kOfTheGroup{"bootstrapServers",
                                 "bootstrapServersFromEnv",
                                 "clusterRef",
                                 "topic",
                                 "topicFromEnv",
                                 "consumerGroup",
                                 "consumerGroupFromEnv",
                                 "authSecret",
                                 "auth",
                                 "sasl",
                                 "tls",
                                 "unsafeSsl",
                                 "saslTokenProvider",
                                 "awsRegion",
                                 "offsetResetPolicy"};

void keep_group(Json& group) {
  if (const auto metadata = group.find("metadata"); metadata != group.end()) metadata->erase("ownerReferences");
  group.erase("status");
}

bool same(const kube::Change& change) {
  if (!change.before || !change.now) return false;
  for (const char* part : {"/spec", "/metadata/annotations", "/metadata/uid"})
    if (kube::at(*change.before, part) != kube::at(*change.now, part)) return false;
  return true;
}

}  // namespace

GroupDirectory::GroupDirectory(kube::Client& client, const std::vector<std::string>& namespaces,
                               const telemetry::Logger& logger)
    : groups_(client, namespaces,
              {.resource = controller::consumer_group_resource(), .ns = "", .trim = keep_group, .may_be_absent = true},
              logger) {
  groups_.add_handler([this](const kube::Change& change) {
    if (!same(change)) ++generation_;
  });
}

GroupDirectory::~GroupDirectory() {
  groups_.stop();
}

Metadata with_group(const Json& group, const Metadata& sent) {
  const auto settings = controller::read_scaling(group);
  // A wrong annotation changes nothing: the thresholds are as sent.
  auto said = controller::trigger_metadata(controller::read_consumer_group(group),
                                           settings.value_or(controller::ScalingSettings()), std::nullopt,
                                           {.scaler_address = "", .hpa_tolerance = true});
  Metadata metadata = sent;
  for (const char* key : kOfTheGroup)
    metadata.erase(key);
  said.erase("scalerAddress");
  for (auto& [key, value] : said) {
    const bool threshold = key == "lagThreshold" || key == "activationLagThreshold" || key == "consumersPerReplica";
    if (settings || !threshold) metadata[key] = std::move(value);
  }
  return metadata;
}

bool is_own_scaled_object(const Json& group, const std::string& name) {
  const auto uid = kube::uid_of(group);
  return !uid.empty() && name == controller::scaled_object_name(uid);
}

}  // namespace weir::access
