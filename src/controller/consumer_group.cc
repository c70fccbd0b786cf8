#include "controller/consumer_group.h"

#include <array>
#include <string_view>

namespace weir::controller {
namespace {

using kube::at;
using kube::Json;
using kube::text_at;

std::vector<std::string> texts(const Json& list) {
  std::vector<std::string> all;
  for (const Json& item : list)
    if (item.is_string()) all.push_back(item.get<std::string>());
  return all;
}

// Kafka's name of a mechanism as KEDA spells it.
std::string keda_mechanism(std::string_view mechanism) {
  if (mechanism == "SCRAM-SHA-256") return "scram_sha256";
  if (mechanism == "SCRAM-SHA-512") return "scram_sha512";
  return "plaintext";
}

void read_keys(const Json& auth, GroupAuth& into) {
  constexpr std::array<std::pair<const char*, const char*>, 6> kKeys{{
      {"/sasl/mechanismFrom", "sasl"},
      {"/sasl/usernameFrom", "username"},
      {"/sasl/passwordFrom", "password"},
      {"/tls/caFrom", "ca"},
      {"/tls/certFrom", "cert"},
      {"/tls/keyFrom", "key"},
  }};
  for (const auto& [pointer, parameter] : kKeys)
    if (const Json& reference = at(auth, pointer); reference.is_object())
      into.from_keys[parameter] = {text_at(reference, "/name"), text_at(reference, "/key")};
}

GroupAuth read_auth(const Json& object) {
  GroupAuth auth{.secret = text_at(object, "/spec/secretRef/name"), .plain = {}, .from_keys = {}};
  const Json& given = at(object, "/spec/auth");
  if (!given.is_object()) return auth;
  read_keys(given, auth);
  if (given.contains("sasl") && !auth.from_keys.contains("sasl"))
    auth.plain["sasl"] = keda_mechanism(text_at(given, "/sasl/mechanism"));
  if (given.contains("tls") && at(given, "/tls/enabled") != Json(false)) auth.plain["tls"] = "enable";
  return auth;
}

}  // namespace

const kube::Resource& consumer_group_resource() {
  static const kube::Resource resource{"weir.dev", "v1alpha1", "consumergroups", "ConsumerGroup"};
  return resource;
}

const kube::Resource& scaled_object_resource() {
  static const kube::Resource resource{"keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"};
  return resource;
}

ConsumerGroup read_consumer_group(const Json& object) {
  return {.key = kube::key_of(object),
          .uid = kube::uid_of(object),
          .generation = kube::int_at(object, "/metadata/generation"),
          .deleting = kube::is_deleting(object),
          .replicas = kube::int_at(object, "/spec/replicas", 1),
          .bootstrap_servers = texts(at(object, "/spec/bootstrapServers")),
          .cluster_ref = text_at(object, "/spec/clusterRef"),
          .topics = texts(at(object, "/spec/topics")),
          .group_id = text_at(object, "/spec/groupId"),
          .initial_offset = text_at(object, "/spec/initialOffset"),
          .auth = read_auth(object)};
}

std::string scaled_object_name(const std::string& uid) {
  return "so-" + uid;
}

std::string selector_of(const std::string& uid) {
  return "weir.dev/consumergroup-uid=" + uid;
}

}  // namespace weir::controller
