#include "cli/lag_group.h"

#include "base/clock.h"
#include "base/parse.h"
#include "cli/kubeconfig_file.h"
#include "controller/consumer_group.h"
#include "controller/scaled_object.h"
#include "controller/scaling_settings.h"
#include "kube/client.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using kube::Json;

// What KEDA sends is what stands there.
std::map<std::string, std::string> metadata_of(const Json& scaled_object) {
  std::map<std::string, std::string> metadata;
  for (const auto& [key, value] : kube::at(scaled_object, "/spec/triggers/0/metadata").items())
    if (value.is_string()) metadata[key] = value.get<std::string>();
  return metadata;
}

}  // namespace

base::Result<lag::TriggerReference> trigger_of_consumer_group(const std::string& name, const std::string& kubeconfig) {
  const auto parts = base::split_trimmed(name, '/');
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty())
    return base::fail(ErrorCode::kInvalidArgument, "--consumergroup \"{}\": must be NAMESPACE/NAME", name);
  const auto config = read_client_config(usual_kubeconfig(kubeconfig));
  if (!config) return std::unexpected(config.error());
  const base::SystemClock clock;
  telemetry::Registry registry;
  kube::Client client(*config, {.timeout = std::chrono::seconds(10), .user_agent = "weir-lag"}, clock, registry);
  const auto object = client.get(controller::consumer_group_resource(), {parts[0], parts[1]});
  if (!object) return std::unexpected(kube::to_error(object.error()));
  const auto group = controller::read_consumer_group(*object);
  lag::TriggerReference trigger{.ns = group.key.ns, .name = controller::scaled_object_name(group.uid), .metadata = {}};
  if (const auto scaled = client.get(controller::scaled_object_resource(), {trigger.ns, trigger.name})) {
    trigger.metadata = metadata_of(*scaled);
    return trigger;
  }
  const auto settings = controller::read_scaling(*object);
  if (!settings) return std::unexpected(settings.error());
  trigger.metadata =
      controller::trigger_metadata(group, *settings, std::nullopt, {.scaler_address = "", .hpa_tolerance = true});
  return trigger;
}

}  // namespace weir::cli
