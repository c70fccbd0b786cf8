#include "controller/kafka_source.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/parse.h"
#include "controller/applied_hash.h"
#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "kube/time.h"

namespace weir::controller {
namespace {

using kube::at;
using kube::Json;
using kube::text_at;

constexpr const char* kManaged = "/metadata/annotations/weir.dev~1managed";
constexpr const char* kVReplicaCost = "/metadata/annotations/weir.dev~1vreplica-cost";
constexpr const char* kWeirReady = "WeirReady";
constexpr std::array<std::string_view, 4> kScalingPrefixes{"autoscaling.weir.dev/", "autoscaling.eventing.knative.dev/",
                                                           "autoscaling.knative.dev/", "keda.autoscaling.knative.dev/"};

Json scaling_annotations(const Json& source) {
  Json copied = Json::object();
  const Json& annotations = at(source, "/metadata/annotations");
  if (!annotations.is_object()) return copied;
  for (const auto& [name, value] : annotations.items())
    if (std::ranges::any_of(kScalingPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); }))
      copied[name] = value;
  return copied;
}

bool is_scaled(const Json& annotations) {
  for (const std::string_view prefix : kScalingPrefixes)
    if (const auto found = annotations.find(std::string(prefix) + "class"); found != annotations.end())
      return *found != "disabled";
  return !annotations.empty();
}

// The Secret keys of spec.net, which may be any.
class AuthReader {
 public:
  AuthReader(const Json& net, base::FieldErrors& errors) : net_(net), errors_(errors) {}

  Json read() {
    Json auth = Json::object();
    if (at(net_, "/sasl/enable") == Json(true)) auth["sasl"] = read_sasl();
    if (at(net_, "/tls/enable") == Json(true)) auth["tls"] = read_tls();
    return auth;
  }

 private:
  Json read_sasl() {
    for (const char* other : {"tokenProvider", "roleARN"})
      if (at(net_, fmt::format("/sasl/{}/secretKeyRef", other).c_str()).is_object())
        errors_.add(
            fmt::format("spec.net.sasl.{}", other), "",
            "cannot be mapped; describe the cluster in the scaler's configuration and make a ConsumerGroup with "
            "its clusterRef");
    Json sasl = Json::object();
    put(sasl, "usernameFrom", "/sasl/user", "spec.net.sasl.user");
    put(sasl, "passwordFrom", "/sasl/password", "spec.net.sasl.password");
    put(sasl, "mechanismFrom", "/sasl/type");
    if (!sasl.contains("mechanismFrom")) sasl["mechanism"] = "PLAIN";
    return sasl;
  }

  Json read_tls() {
    Json tls{{"enabled", true}};
    put(tls, "caFrom", "/tls/caCert");
    put(tls, "certFrom", "/tls/cert");
    put(tls, "keyFrom", "/tls/key");
    return tls;
  }

  void put(Json& into, const char* name, const char* pointer, const char* required = nullptr) {
    const Json& reference = at(net_, fmt::format("{}/secretKeyRef", pointer).c_str());
    if (reference.is_object())
      into[name] = {{"name", text_at(reference, "/name")}, {"key", text_at(reference, "/key")}};
    else if (required)
      errors_.add(required, "", "is missing; name the Secret and its key in secretKeyRef");
  }

  const Json& net_;
  base::FieldErrors& errors_;
};

void put_vreplica_cost(const Json& source, Json& spec, base::FieldErrors& errors) {
  const Json& given = at(source, kVReplicaCost);
  if (given.is_null()) return;
  const auto text = given.is_string() ? given.get<std::string>() : given.dump();
  if (const auto cost = base::parse_int(text); cost && *cost >= 1 && *cost <= kMostVReplicaCost)
    spec["vreplicaCost"] = *cost;
  else
    errors.add("weir.dev/vreplica-cost", text, fmt::format("must be a whole number from 1 to {}", kMostVReplicaCost));
}

Json spec_of(const Json& source, bool scaled, base::FieldErrors& errors) {
  Json spec{{"initialOffset", text_at(source, "/spec/initialOffset") == "earliest" ? "earliest" : "latest"},
            {"scaling", {{"class", scaled ? "keda" : "disabled"}}}};
  for (const char* list : {"bootstrapServers", "topics"}) {
    const Json& given = at(source, fmt::format("/spec/{}", list).c_str());
    if (given.is_array() && !given.empty())
      spec[list] = given;
    else
      errors.add(fmt::format("spec.{}", list), "", "is missing");
  }
  // Knative's webhook fills it in; where there is none, the same for as long as the object lives.
  auto group = text_at(source, "/spec/consumerGroup");
  spec["groupId"] = group.empty() ? "knative-kafka-source-" + kube::uid_of(source) : std::move(group);
  if (auto auth = AuthReader(at(source, "/spec/net"), errors).read(); !auth.empty()) spec["auth"] = std::move(auth);
  return spec;
}

Json owner_of(const Json& source) {
  return {{"apiVersion", text_at(source, "/apiVersion")},
          {"kind", "KafkaSource"},
          {"name", kube::key_of(source).name},
          {"uid", kube::uid_of(source)},
          {"controller", true},
          {"blockOwnerDeletion", true}};
}

// Knative's conditions as they are, and ours.
Json conditions_with(const Json& source, const Condition& own, base::SystemTime now) {
  const Json& before = at(source, "/status/conditions");
  auto rendered = render_conditions(before, {own}, 0, now).at(0);
  rendered.erase("observedGeneration");
  Json all = Json::array();
  bool placed = false;
  for (const Json& condition : before) {
    const bool ours = text_at(condition, "/type") == kWeirReady;
    all.push_back(ours ? rendered : condition);
    placed = placed || ours;
  }
  if (!placed) all.push_back(std::move(rendered));
  return all;
}

}  // namespace

base::Result<KafkaSourceMode> parse_kafka_source_mode(const std::string& text) {
  if (text == "off") return KafkaSourceMode::kOff;
  if (text == "managed") return KafkaSourceMode::kManaged;
  if (text == "all") return KafkaSourceMode::kAll;
  return base::fail(base::ErrorCode::kInvalidArgument, "\"{}\": must be off, managed or all", text);
}

kube::Resource kafka_source_resource(const std::string& version) {
  return {"sources.knative.dev", version, "kafkasources", "KafkaSource"};
}

bool is_managed(const Json& source, KafkaSourceMode mode) {
  return mode == KafkaSourceMode::kAll || (mode == KafkaSourceMode::kManaged && text_at(source, kManaged) == "true");
}

base::Result<GroupOfSource> group_of_source(const Json& source, const kube::ObjectKey& default_pool) {
  base::FieldErrors errors;
  const auto annotations = scaling_annotations(source);
  const bool scaled = is_scaled(annotations);
  auto spec = spec_of(source, scaled, errors);
  put_vreplica_cost(source, spec, errors);
  if (!default_pool.name.empty()) spec["pool"] = {{"name", default_pool.name}, {"namespace", default_pool.ns}};
  if (!errors.empty()) return std::unexpected(errors.to_error());
  const auto key = kube::key_of(source);
  Json metadata{{"namespace", key.ns}, {"name", key.name}, {"ownerReferences", Json::array({owner_of(source)})}};
  metadata["annotations"] = annotations;
  metadata["annotations"][kHashAnnotation] = applied_hash({annotations, spec});
  GroupOfSource made{.group = {{"apiVersion", consumer_group_resource().api_version()},
                               {"kind", consumer_group_resource().kind},
                               {"metadata", std::move(metadata)},
                               {"spec", std::move(spec)}}};
  if (!scaled) made.replicas = kube::int_at(source, "/spec/consumers", 1);
  return made;
}

bool made_of(const Json& group, const Json& source) {
  for (const Json& owner : at(group, "/metadata/ownerReferences"))
    if (text_at(owner, "/uid") == kube::uid_of(source)) return true;
  return false;
}

Json source_status_patch(const Json& source, const Json& group, const std::string& reason, const std::string& problem,
                         base::SystemTime now) {
  Condition own{kWeirReady, problem.empty() ? ConditionStatus::kUnknown : ConditionStatus::kFalse, reason, problem};
  Json status = Json::object();
  if (group.is_object()) {
    status["consumers"] = kube::int_at(group, "/status/replicas");
    if (const auto selector = text_at(group, "/status/selector"); !selector.empty()) status["selector"] = selector;
    if (Json placements = at(group, "/status/placements"); placements.is_array()) {
      // Knative's schema knows none.
      for (Json& placement : placements)
        placement.erase("zone");
      status["placements"] = std::move(placements);
    }
    const Json& ready = find_condition(at(group, "/status/conditions"), "Ready");
    if (problem.empty() && ready.is_object()) {
      const auto told = text_at(ready, "/status");
      own = {kWeirReady,
             told == "True"    ? ConditionStatus::kTrue
             : told == "False" ? ConditionStatus::kFalse
                               : ConditionStatus::kUnknown,
             text_at(ready, "/reason"), text_at(ready, "/message")};
    }
  }
  status["conditions"] = conditions_with(source, own, now);
  if (kube::contains(at(source, "/status"), status)) return nullptr;
  return {{"metadata", {{"resourceVersion", kube::resource_version_of(source)}}}, {"status", std::move(status)}};
}

}  // namespace weir::controller
