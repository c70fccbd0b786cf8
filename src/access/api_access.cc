#include "access/api_access.h"

namespace weir::access {
namespace {

using base::ErrorCode;

constexpr const char* kGroupKey = "consumerGroupRef";

kube::ClientOptions watching() {
  return {.qps = 50, .burst = 100, .user_agent = "weir-scaler"};
}

// Somebody waits for the answer, and who asks in vain must not get much out of it.
kube::ClientOptions asking() {
  return {.qps = 20, .burst = 50, .timeout = std::chrono::seconds(3), .user_agent = "weir-scaler"};
}

}  // namespace

ApiAccess::ApiAccess(const ApiAccessOptions& options, const base::Clock& clock, const telemetry::Logger& logger,
                     telemetry::Registry& registry)
    : watching_(options.api, watching(), clock, registry),
      asking_(options.api, asking(), clock, registry),
      callers_(watching_, asking_, {.namespaces = options.namespaces}, clock, logger),
      groups_(watching_, options.namespaces, logger) {
  if (options.secrets) secrets_ = std::make_unique<SecretWatch>(watching_, options.namespaces, logger);
}

void ApiAccess::start() {
  callers_.start();
  groups_.start();
  if (secrets_) secrets_->start();
}

std::string ApiAccess::missing() const {
  if (!callers_.synced()) return "the API server has not told of the ScaledObjects yet";
  if (!groups_.synced()) return "the API server has not told of the ConsumerGroups yet";
  if (secrets_ && !secrets_->synced()) return "the API server has not told of the Secrets yet";
  return "";
}

base::Result<void> ApiAccess::check(const kube::ObjectKey& key, const Metadata& sent) {
  // The controller asks before there is a ScaledObject. The group then says all that matters.
  if (const auto ref = sent.find(kGroupKey); ref != sent.end())
    if (const auto group = groups_.get({key.ns, ref->second}); group && is_own_scaled_object(*group, key.name))
      return {};
  return callers_.check(key, sent);
}

base::Result<Metadata> ApiAccess::expand(const std::string& ns, const Metadata& sent) const {
  const auto ref = sent.find(kGroupKey);
  if (ref == sent.end()) return sent;
  if (const auto group = groups_.get({ns, ref->second})) return with_group(*group, sent);
  if (!groups_.synced())
    return base::fail(ErrorCode::kUnavailable, "the API server has not yet told of ConsumerGroup {}/{}", ns,
                      ref->second);
  return base::fail(ErrorCode::kPermissionDenied, "consumerGroupRef \"{}\": namespace {} has no such ConsumerGroup",
                    ref->second, ns);
}

}  // namespace weir::access
