#include "controller/pool_settings.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/parse.h"

namespace weir::controller {
namespace {

using kube::Json;
using placement::Count;

constexpr std::string_view kWeirPrefix = "weir.dev/";
constexpr std::int64_t kMostVReplicas = 1'000'000;

// Reads annotations by name; those that nobody asked for are wrong.
class AnnotationReader {
 public:
  explicit AnnotationReader(const Json& object) {
    const Json& annotations = kube::at(object, "/metadata/annotations");
    if (!annotations.is_object()) return;
    for (const auto& [name, value] : annotations.items())
      if (name.starts_with(kWeirPrefix) && value.is_string()) found_[name] = value.get<std::string>();
  }

  std::optional<std::string> text(const std::string& name) {
    const auto at = found_.find(std::string(kWeirPrefix) + name);
    if (at == found_.end()) return std::nullopt;
    auto value = std::move(at->second);
    found_.erase(at);
    return value;
  }

  std::optional<Count> count(const std::string& name, std::int64_t least, std::int64_t most) {
    const auto value = text(name);
    if (!value) return std::nullopt;
    const auto number = base::parse_int(*value);
    if (number && *number >= least && *number <= most) return static_cast<Count>(*number);
    errors_.add(std::string(kWeirPrefix) + name, *value,
                fmt::format("must be a whole number from {} to {}", least, most));
    return std::nullopt;
  }

  base::FieldErrors finish() {
    for (const auto& [name, value] : found_)
      errors_.add(name, value,
                  "is no annotation of a pool; there are capacity, min-replicas, max-replicas, "
                  "max-vreplicas-per-namespace, allowed-namespaces and ack");
    return std::move(errors_);
  }
  base::FieldErrors& errors() { return errors_; }

 private:
  std::map<std::string, std::string> found_;
  base::FieldErrors errors_;
};

void read_replicas(AnnotationReader& annotations, placement::PoolSettings& settings) {
  settings.capacity = annotations.count("capacity", 1, kMostVReplicas).value_or(settings.capacity);
  const auto least = annotations.count("min-replicas", 0, placement::kMaxOrdinal);
  const auto most = annotations.count("max-replicas", 0, placement::kMaxOrdinal);
  settings.min_replicas = least.value_or(settings.min_replicas);
  settings.max_replicas = most.value_or(std::max(settings.max_replicas, settings.min_replicas));
  if (settings.min_replicas > settings.max_replicas)
    annotations.errors().add("weir.dev/min-replicas", std::to_string(settings.min_replicas),
                             fmt::format("is more than weir.dev/max-replicas, which is {}", settings.max_replicas));
  settings.max_vreplicas_per_namespace = annotations.count("max-vreplicas-per-namespace", 0, kMostVReplicas);
}

}  // namespace

base::Result<PoolSettings> read_pool_settings(const Json& stateful_set) {
  AnnotationReader annotations(stateful_set);
  PoolSettings settings;
  read_replicas(annotations, settings.placement);
  if (const auto allowed = annotations.text("allowed-namespaces"))
    for (auto& glob : base::split_trimmed(*allowed, ','))
      if (!glob.empty()) settings.allowed_namespaces.push_back(std::move(glob));
  if (const auto ack = annotations.text("ack")) {
    settings.ack_required = *ack == "required";
    if (!settings.ack_required && *ack != "none")
      annotations.errors().add("weir.dev/ack", *ack, "must be required or none");
  }
  auto errors = annotations.finish();
  if (kube::text_at(stateful_set, "/spec/template/metadata/labels/weir.dev~1pool") != "true")
    errors.add("spec.template.metadata.labels", "",
               "must have weir.dev/pool: \"true\", as the controller watches pods with this label alone");
  if (!errors.empty()) return std::unexpected(errors.to_error());
  return settings;
}

bool may_use(const PoolSettings& settings, const kube::ObjectKey& pool, const std::string& ns) {
  if (settings.allowed_namespaces.empty()) return ns == pool.ns;
  return std::ranges::any_of(settings.allowed_namespaces,
                             [&](const std::string& glob) { return base::glob_match(glob, ns); });
}

kube::ObjectKey pool_of_group(const Json& group, const kube::ObjectKey& default_pool) {
  auto name = kube::text_at(group, "/spec/pool/name");
  if (name.empty()) return default_pool;
  auto ns = kube::text_at(group, "/spec/pool/namespace");
  return {ns.empty() ? kube::key_of(group).ns : std::move(ns), std::move(name)};
}

}  // namespace weir::controller
