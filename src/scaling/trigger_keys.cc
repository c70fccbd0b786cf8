#include "scaling/trigger_keys.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "base/parse.h"
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
constexpr std::size_t kSecretOnly = 15;
constexpr std::array<std::string_view, 20> kAuthParameters{"username",
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
                                                           "sasl",
                                                           "tls",
                                                           "unsafeSsl",
                                                           "saslTokenProvider",
                                                           "awsRegion"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Insertions, deletions and replacements that turn `a` into `b`, letter case aside.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

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

std::optional<std::string_view> nearest_name(std::string_view name, std::span<const std::string_view> candidates) {
  // A third of the letters may differ; the quadratic comparison is not for texts that no key is like.
  constexpr std::size_t kLongest = 64;
  std::optional<std::string_view> nearest;
  std::size_t least = name.size() / 3 + 1;
  if (name.size() > kLongest) return nearest;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::vector<std::string> unknown_keys(const TriggerMetadata& metadata) {
  std::vector<std::string> unknown;
  for (const auto& [key, value] : metadata) {
    if (std::ranges::find(kTriggerKeys, key) == kTriggerKeys.end()) unknown.push_back(key);
  }
  return unknown;
}

}  // namespace weir::scaling
