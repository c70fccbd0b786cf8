#include "controller/assignment.h"

#include <cstdlib>

#include "controller/applied_hash.h"

namespace weir::controller {
namespace {

using kube::at;
using kube::int_at;
using kube::Json;
using kube::text_at;

constexpr std::int64_t kVersion = 1;
constexpr const char* kDataKey = "assignment.json";

// References to Secrets get the namespace that they mean.
Json with_namespace(const Json& auth, const std::string& ns) {
  if (!auth.is_object()) return auth;
  Json copied = Json::object();
  for (const auto& [name, value] : auth.items()) {
    copied[name] = with_namespace(value, ns);
    if (name.ends_with("From") && value.is_object()) copied[name]["namespace"] = ns;
  }
  return copied;
}

Json auth_of(const Json& group) {
  const auto ns = kube::key_of(group).ns;
  if (const auto secret = text_at(group, "/spec/secretRef/name"); !secret.empty())
    return {{"secretRef", {{"namespace", ns}, {"name", secret}}}};
  Json auth = with_namespace(at(group, "/spec/auth"), ns);
  // As the trigger of the group says too.
  if (auth.contains("sasl") && !auth["sasl"].contains("mechanism") && !auth["sasl"].contains("mechanismFrom"))
    auth["sasl"]["mechanism"] = "PLAIN";
  if (auth.contains("tls") && !auth["tls"].contains("enabled")) auth["tls"]["enabled"] = true;
  return auth;
}

// What stays of an assignment's text, under a name that no ConfigMap has.
Json digest_of(const std::string& text) {
  const Json read = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  Json digest{{"intact", int_at(read, "/version") == kVersion}, {"groups", Json::array()}};
  if (read.is_discarded() || digest["intact"] == Json(false)) return digest;
  for (Json entry : at(read, "/groups")) {
    const auto generation = int_at(entry, "/generation"), vreplicas = int_at(entry, "/vreplicas");
    const auto ns = text_at(entry, "/namespace"), name = text_at(entry, "/name");
    if (!entry.is_object()) continue;
    entry.erase("generation");
    entry.erase("vreplicas");
    digest["groups"].push_back({{"namespace", ns},
                                {"name", name},
                                {"digest", applied_hash(entry)},
                                {"vreplicas", vreplicas},
                                {"generation", generation}});
  }
  return digest;
}

}  // namespace

const kube::Resource& config_map_resource() {
  static const kube::Resource resource{"", "v1", "configmaps", "ConfigMap"};
  return resource;
}

Json assignment_entry(const Json& group) {
  const auto key = kube::key_of(group);
  Json entry{{"namespace", key.ns}, {"name", key.name}, {"uid", kube::uid_of(group)}};
  for (const char* field : {"bootstrapServers", "clusterRef", "topics", "groupId"})
    if (const auto& spec = at(group, "/spec"); spec.contains(field)) entry[field] = spec.at(field);
  const auto offset = text_at(group, "/spec/initialOffset");
  entry["initialOffset"] = offset.empty() ? "latest" : offset;
  if (Json auth = auth_of(group); auth.is_object()) entry["auth"] = std::move(auth);
  return entry;
}

void trim_assignment(Json& config_map) {
  const Json& data = at(config_map, "/data");
  Json digest = digest_of(data.is_object() && data.contains(kDataKey) && data.at(kDataKey).is_string()
                              ? data.at(kDataKey).get<std::string>()
                              : std::string());
  config_map.erase("data");
  config_map["digest"] = std::move(digest);
}

Assignment read_assignment(const Json& trimmed) {
  Assignment read{.uid = kube::uid_of(trimmed),
                  .resource_version = kube::resource_version_of(trimmed),
                  .owner = text_at(trimmed, "/metadata/ownerReferences/0/uid"),
                  .ours = text_at(trimmed, "/metadata/labels/weir.dev~1assignment") == "true",
                  .intact = at(trimmed, "/digest/intact") == Json(true),
                  .groups = {}};
  const auto generation = text_at(trimmed, "/metadata/annotations/weir.dev~1generation");
  read.generation = std::strtoll(generation.c_str(), nullptr, 10);
  for (const Json& group : at(trimmed, "/digest/groups"))
    read.groups[{text_at(group, "/namespace"), text_at(group, "/name")}] = {
        text_at(group, "/digest"), static_cast<placement::Count>(int_at(group, "/vreplicas")),
        int_at(group, "/generation")};
  return read;
}

Json render_assignment(const AssignmentTarget& target, std::int64_t generation, Json groups, const Assignment& before) {
  const Json document{{"version", kVersion},
                      {"generation", generation},
                      {"pool", {{"namespace", target.pool.ns}, {"name", target.pool.name}}},
                      {"pod", target.pod},
                      {"groups", std::move(groups)}};
  Json metadata{{"namespace", target.pool.ns},
                {"name", target.pod},
                {"labels", {{"weir.dev/assignment", "true"}, {"weir.dev/pool", target.pool.name}}},
                {"annotations", {{"weir.dev/generation", std::to_string(generation)}}},
                {"ownerReferences", Json::array({Json{{"apiVersion", "apps/v1"},
                                                      {"kind", "StatefulSet"},
                                                      {"name", target.pool.name},
                                                      {"uid", target.pool_uid},
                                                      {"controller", true}}})}};
  if (!before.uid.empty()) {
    metadata["uid"] = before.uid;
    metadata["resourceVersion"] = before.resource_version;
  }
  return {{"apiVersion", config_map_resource().api_version()},
          {"kind", config_map_resource().kind},
          {"metadata", std::move(metadata)},
          {"data", {{kDataKey, document.dump(-1, ' ', false, Json::error_handler_t::replace)}}}};
}

}  // namespace weir::controller
