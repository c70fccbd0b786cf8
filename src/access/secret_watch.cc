#include "access/secret_watch.h"

#include "kube/base64.h"

namespace weir::access {
namespace {

using base::ErrorCode;
using kube::Json;

constexpr const char* kLabel = "weir.dev/use=kafka";

void keep_data(Json& secret) {
  Json kept{{"metadata",
             {{"namespace", kube::text_at(secret, "/metadata/namespace")},
              {"name", kube::text_at(secret, "/metadata/name")},
              {"resourceVersion", kube::resource_version_of(secret)}}}};
  if (const auto data = secret.find("data"); data != secret.end()) kept["data"] = std::move(*data);
  secret = std::move(kept);
}

kube::InformerOptions options() {
  return {.resource = {"", "v1", "secrets", "Secret"}, .ns = "", .labels = kLabel, .trim = keep_data};
}

}  // namespace

SecretWatch::SecretWatch(kube::Client& client, const std::vector<std::string>& namespaces,
                         const telemetry::Logger& logger)
    : secrets_(client, namespaces, options(), logger) {
  secrets_.add_handler([this](const kube::Change&) { ++generation_; });
}

SecretWatch::~SecretWatch() {
  secrets_.stop();
}

base::Result<std::map<std::string, base::Secret>> SecretWatch::get(const kube::ObjectKey& key) const {
  const auto found = secrets_.get(key);
  if (!found && !secrets_.synced())
    return base::fail(ErrorCode::kUnavailable, "the API server has not yet told of Secret {}/{}", key.ns, key.name);
  if (!found)
    return base::fail(ErrorCode::kPermissionDenied,
                      "namespace {} has no Secret \"{}\" with the label {}: label it if Weir may use it", key.ns,
                      key.name, kLabel);
  std::map<std::string, base::Secret> data;
  const Json& encoded = kube::at(*found, "/data");
  if (!encoded.is_object()) return data;
  for (const auto& [name, value] : encoded.items())
    if (auto decoded = kube::base64_decoded(value.is_string() ? value.get_ref<const std::string&>() : std::string()))
      data.emplace(name, base::Secret(*std::move(decoded)));
  return data;
}

}  // namespace weir::access
