#include "worker/settings_reader.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/ranges.h>

#include "base/parse.h"
#include "kube/base64.h"

namespace weir::worker {
namespace {

using base::ErrorCode;
using base::Result;
using kube::Json;

const kube::Resource kSecrets{"", "v1", "secrets", "Secret"};

// librdkafka's name of a mechanism, from its own or KEDA's. None for what this program cannot do.
std::optional<std::string> mechanism(const std::string& name) {
  static constexpr std::array<std::pair<const char*, const char*>, 6> kNames{{{"PLAIN", "PLAIN"},
                                                                              {"SCRAM-SHA-256", "SCRAM-SHA-256"},
                                                                              {"SCRAM-SHA-512", "SCRAM-SHA-512"},
                                                                              {"plaintext", "PLAIN"},
                                                                              {"scram_sha256", "SCRAM-SHA-256"},
                                                                              {"scram_sha512", "SCRAM-SHA-512"}}};
  for (const auto& [known, theirs] : kNames)
    if (name == known) return theirs;
  return std::nullopt;
}

Result<void> use_mechanism(const std::string& name, std::map<std::string, std::string>& properties) {
  const auto known = mechanism(name);
  if (!known)
    return base::fail(ErrorCode::kInvalidArgument,
                      "SASL mechanism \"{}\": must be PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", name);
  properties["sasl.mechanisms"] = *known;
  return {};
}

}  // namespace

Result<ConsumerSettings> SettingsReader::read(const GroupEntry& entry) {
  secrets_.clear();
  ConsumerSettings settings{.properties = {{"group.id", entry.group_id},
                                           {"client.id", options_.pod},
                                           {"auto.offset.reset", entry.initial_offset},
                                           {"session.timeout.ms", std::to_string(options_.session_timeout.count())},
                                           {"topic.metadata.refresh.interval.ms", "30000"}},
                            .topics = entry.topics};
  auto& properties = settings.properties;
  if (entry.initial_offset.empty()) properties["auto.offset.reset"] = "latest";
  if (!entry.cluster_ref.empty()) {
    if (auto added = add_cluster(entry.cluster_ref, properties); !added) return std::unexpected(added.error());
    return settings;
  }
  properties["bootstrap.servers"] = fmt::format("{}", fmt::join(entry.bootstrap_servers, ","));
  if (const Json& reference = kube::at(entry.auth, "/secretRef"); !reference.is_null())
    if (auto added = add_secret(entry, reference, properties); !added) return std::unexpected(added.error());
  if (const Json& sasl = kube::at(entry.auth, "/sasl"); !sasl.is_null())
    if (auto added = add_sasl(entry, sasl, properties); !added) return std::unexpected(added.error());
  if (const Json& tls = kube::at(entry.auth, "/tls"); kube::at(tls, "/enabled") == Json(true))
    if (auto added = add_tls(entry, tls, properties); !added) return std::unexpected(added.error());
  const bool sasl = properties.contains("sasl.mechanisms"), tls = properties.contains("security.protocol");
  properties["security.protocol"] = tls ? (sasl ? "sasl_ssl" : "ssl") : (sasl ? "sasl_plaintext" : "plaintext");
  return settings;
}

Result<void> SettingsReader::add_cluster(const std::string& name, Properties& properties) const {
  if (options_.clusters.empty())
    return base::fail(ErrorCode::kInvalidArgument,
                      "clusterRef \"{}\": this data plane knows no clusters; give --clusters", name);
  const auto path = options_.clusters / (name + ".properties");
  std::ifstream file(path);
  if (!file || name.find('/') != std::string::npos)
    return base::fail(ErrorCode::kInvalidArgument, "clusterRef \"{}\": {} cannot be read", name, path.string());
  for (std::string line; std::getline(file, line);) {
    const auto text = base::trim(line);
    if (text.empty() || text.starts_with('#')) continue;
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
      return base::fail(ErrorCode::kInvalidArgument, "{}: each line must be PROPERTY=VALUE", path.string());
    properties[std::string(base::trim(text.substr(0, equals)))] = base::trim(text.substr(equals + 1));
  }
  return {};
}

Result<void> SettingsReader::add_secret(const GroupEntry& entry, const Json& reference, Properties& properties) {
  auto values = secret(entry, kube::text_at(reference, "/name"));
  if (!values) return std::unexpected(values.error());
  const auto value = [&](const char* key) { return std::string(base::trim((*values)[key])); };
  if (const auto sasl = value("sasl"); !sasl.empty() && sasl != "none") {
    if (auto used = use_mechanism(sasl, properties); !used) return used;
    properties["sasl.username"] = value("username");
    properties["sasl.password"] = value("password");
  }
  if (value("tls") != "enable") return {};
  properties["security.protocol"] = "ssl";
  static constexpr std::array<std::pair<const char*, const char*>, 4> kPems{{{"ca", "ssl.ca.pem"},
                                                                             {"cert", "ssl.certificate.pem"},
                                                                             {"key", "ssl.key.pem"},
                                                                             {"keyPassword", "ssl.key.password"}}};
  for (const auto& [key, property] : kPems)
    if (const auto pem = value(key); !pem.empty()) properties[property] = pem;
  return {};
}

Result<void> SettingsReader::add_sasl(const GroupEntry& entry, const Json& sasl, Properties& properties) {
  auto name = kube::text_at(sasl, "/mechanism");
  if (const Json& reference = kube::at(sasl, "/mechanismFrom"); !reference.is_null()) {
    auto value = value_of(entry, reference);
    if (!value) return std::unexpected(value.error());
    name = *std::move(value);
  }
  if (auto used = use_mechanism(name.empty() ? "PLAIN" : name, properties); !used) return used;
  auto username = value_of(entry, kube::at(sasl, "/usernameFrom"));
  if (!username) return std::unexpected(username.error());
  auto password = value_of(entry, kube::at(sasl, "/passwordFrom"));
  if (!password) return std::unexpected(password.error());
  properties["sasl.username"] = *std::move(username);
  properties["sasl.password"] = *std::move(password);
  return {};
}

Result<void> SettingsReader::add_tls(const GroupEntry& entry, const Json& tls, Properties& properties) {
  properties["security.protocol"] = "ssl";
  static constexpr std::array<std::pair<const char*, const char*>, 3> kPems{
      {{"/caFrom", "ssl.ca.pem"}, {"/certFrom", "ssl.certificate.pem"}, {"/keyFrom", "ssl.key.pem"}}};
  for (const auto& [field, property] : kPems) {
    const Json& reference = kube::at(tls, field);
    if (reference.is_null()) continue;
    auto pem = value_of(entry, reference);
    if (!pem) return std::unexpected(pem.error());
    properties[property] = *std::move(pem);
  }
  return {};
}

// Of the group's own namespace, whatever the reference says.
Result<SettingsReader::Properties> SettingsReader::secret(const GroupEntry& entry, const std::string& name) {
  if (const auto known = secrets_.find(name); known != secrets_.end()) return known->second;
  const auto object = client_.get(kSecrets, {entry.ns, name});
  if (!object) return std::unexpected(kube::to_error(object.error()));
  if (kube::text_at(*object, "/metadata/labels/weir.dev~1use") != "kafka")
    return base::fail(ErrorCode::kPermissionDenied, "Secret {}/{} is not labelled weir.dev/use=kafka: label it",
                      entry.ns, name);
  Properties values;
  for (const auto& [key, encoded] : kube::at(*object, "/data").items()) {
    auto value = kube::base64_decoded(encoded.is_string() ? encoded.get<std::string>() : "");
    if (value) values.emplace(key, *std::move(value));
  }
  const auto named = base::split_trimmed(values["bootstrapServers"], ',');
  for (const auto& broker : entry.bootstrap_servers) {
    const bool allowed =
        std::ranges::any_of(options_.allowed_brokers, [&](const auto& glob) { return base::glob_match(glob, broker); });
    if (!allowed && std::ranges::find(named, broker) == named.end())
      return base::fail(ErrorCode::kPermissionDenied,
                        "Secret {}/{} does not name broker {}: add it to its key bootstrapServers", entry.ns, name,
                        broker);
  }
  return secrets_.emplace(name, std::move(values)).first->second;
}

Result<std::string> SettingsReader::value_of(const GroupEntry& entry, const Json& reference) {
  const auto name = kube::text_at(reference, "/name"), key = kube::text_at(reference, "/key");
  auto values = secret(entry, name);
  if (!values) return std::unexpected(values.error());
  const auto found = values->find(key);
  if (found == values->end())
    return base::fail(ErrorCode::kNotFound, "Secret {}/{} has no key \"{}\": add it", entry.ns, name, key);
  return std::string(base::trim(found->second));
}

}  // namespace weir::worker
