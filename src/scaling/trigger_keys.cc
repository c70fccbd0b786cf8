#include "scaling/trigger_keys.h"

#include <algorithm>
#include <array>
#include <vector>

#include "scaling/trigger_spec.h"

namespace weir::scaling {
namespace {

constexpr std::array<std::string_view, 34> kTriggerKeys{
    "bootstrapServers", "bootstrapServersFromEnv", "consumerGroup", "consumerGroupFromEnv", "topic", "topicFromEnv",
    "lagThreshold", "activationLagThreshold", "offsetResetPolicy", "partitionLimitation", "allowIdleConsumers",
    "excludePersistentLag", "scaleToZeroOnInvalidOffset", "limitToPartitionsWithLag",
    "ensureEvenDistributionOfPartitions", "fullMetadata", "version", "tls", "unsafeSsl", "sasl", "saslTokenProvider",
    "awsRegion",
    // Weir's own.
    "clusterRef", "authSecret", "auth", "minScale", "maxScale", "hpaMaxReplicas", "consumersPerReplica", "partitionCap",
    "persistentLagSeconds", "isolationLevel",
    // KEDA's external trigger.
    "scalerAddress", "enableTLS"};

// Those that KEDA also reads from the metadata come last.
constexpr std::size_t kSecretOnly = 20;
constexpr std::array<std::string_view, 25> kAuthParameters{"username",
                                                           "password",
                                                           "ca",
                                                           "cert",
                                                           "key",
                                                           "keyPassword",
                                                           "scopes",
                                                           "oauthTokenEndpointUri",
                                                           "oauthExtensions",
                                                           "keytab",
                                                           "ccacheName",
                                                           "realm",
                                                           "kerberosConfig",
                                                           "kerberosServiceName",
                                                           "kerberosDisableFAST",
                                                           "awsAccessKeyID",
                                                           "awsAccessKeyId",
                                                           "awsSecretAccessKey",
                                                           "awsSessionToken",
                                                           "awsRoleArn",
                                                           "sasl",
                                                           "tls",
                                                           "unsafeSsl",
                                                           "saslTokenProvider",
                                                           "awsRegion"};

}  // namespace

std::span<const std::string_view> trigger_keys() {
  return kTriggerKeys;
}
std::span<const std::string_view> auth_parameters() {
  return kAuthParameters;
}
std::span<const std::string_view> secret_only_parameters() {
  return auth_parameters().first(kSecretOnly);
}

bool is_auth_parameter(std::string_view name) {
  return std::ranges::find(kAuthParameters, name) != kAuthParameters.end();
}

std::vector<std::string> unknown_keys(const TriggerMetadata& metadata) {
  std::vector<std::string> unknown;
  for (const auto& [key, value] : metadata) {
    if (std::ranges::find(kTriggerKeys, key) == kTriggerKeys.end()) unknown.push_back(key);
  }
  return unknown;
}

}  // namespace weir::scaling
