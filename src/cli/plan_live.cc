#include "cli/plan_live.h"

#include <algorithm>
#include <set>

#include <fmt/ranges.h>

#include "cli/kubeconfig_file.h"
#include "controller/conditions.h"
#include "controller/consumer_group.h"
#include "controller/pool_objects.h"
#include "controller/pool_settings.h"
#include "kube/client.h"
#include "kube/list_all.h"
#include "kube/time.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::Result;
using kube::Json;
using std::chrono::milliseconds;

// How long ago a time of the API server's was; 0 where there is none.
milliseconds since(const std::string& time, base::SystemTime now) {
  const auto then = kube::parse_time(time).value_or(now);
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(now - then));
}

PlanNode plan_node(const Json& node, base::SystemTime now) {
  const Json& ready = controller::find_condition(kube::at(node, "/status/conditions"), "Ready");
  PlanNode read{.node = controller::read_node(node)};
  if (!read.node.ready) read.since = since(kube::text_at(ready, "/lastTransitionTime"), now);
  return read;
}

PlanPod plan_pod(const Json& pod, placement::Ordinal ordinal, base::SystemTime now) {
  PlanPod read{.pod = controller::read_pod(pod, ordinal)};
  if (read.pod.terminating)
    read.since = since(kube::text_at(pod, "/metadata/deletionTimestamp"), now);
  else if (read.pod.node.empty())
    read.since = since(kube::text_at(pod, "/metadata/creationTimestamp"), now);
  return read;
}

class LiveReader {
 public:
  LiveReader(const kube::ClientConfig& config, PlanProblem scheduling)
      : client_(config, {.qps = 100, .burst = 100, .user_agent = "weir-plan"}, clock_, registry_),
        problem_(std::move(scheduling)) {}

  Result<PlanProblem> read(const std::string& ns, const std::string& name) {
    auto stateful_set = find_pool(ns, name);
    if (!stateful_set) return std::unexpected(stateful_set.error());
    controller::trim_stateful_set(*stateful_set);
    pool_ = *std::move(stateful_set);
    key_ = kube::key_of(pool_);
    auto settings = controller::read_pool_settings(pool_);
    if (!settings)
      return base::fail(ErrorCode::kInvalidArgument, "{}: {}", kube::to_string(key_), settings.error().message);
    settings_ = *std::move(settings);
    problem_.pool_name = key_.name;
    problem_.pool = settings_.placement;
    problem_.stateful_set = controller::read_stateful_set(pool_, controller::template_of(pool_));
    for (const auto& part : {&LiveReader::read_pods, &LiveReader::read_nodes, &LiveReader::read_groups})
      if (auto done = (this->*part)(); !done) return std::unexpected(done.error());
    return std::move(problem_);
  }

 private:
  Result<std::vector<Json>> list(const kube::Resource& resource, const std::string& ns, const std::string& labels) {
    auto all = kube::list_all(client_, resource, ns, labels);
    if (!all) return std::unexpected(kube::to_error(all.error()));
    return *std::move(all);
  }

  Result<Json> find_pool(const std::string& ns, const std::string& name) {
    auto pools = list(controller::stateful_set_resource(), ns, controller::kPoolSelector);
    if (!pools) return std::unexpected(pools.error());
    std::vector<std::string> names;
    for (Json& pool : *pools) {
      names.push_back(kube::key_of(pool).name);
      if (names.back() == name || (name.empty() && pools->size() == 1)) return std::move(pool);
    }
    if (names.empty())
      return base::fail(ErrorCode::kInvalidArgument,
                        "--namespace \"{}\": has no StatefulSet labelled weir.dev/pool=true", ns);
    return base::fail(ErrorCode::kInvalidArgument, "--pool \"{}\": write one of {}", name, fmt::join(names, ", "));
  }

  Result<void> read_pods() {
    auto pods = list(controller::pod_resource(), key_.ns, controller::kPoolSelector);
    if (!pods) return std::unexpected(pods.error());
    for (const Json& pod : *pods) {
      const auto ordinal = placement::parse_pod_name(key_.name, kube::key_of(pod).name);
      if (!ordinal || controller::stateful_set_of(pod) != key_) continue;
      problem_.pods.push_back(plan_pod(pod, *ordinal, clock_.system_now()));
      carrying_.insert(problem_.pods.back().pod.node);
    }
    return {};
  }

  Result<void> read_nodes() {
    auto nodes = list(controller::node_resource(), "", "");
    if (!nodes) return std::unexpected(nodes.error());
    for (const Json& node : *nodes)
      if (carrying_.contains(kube::key_of(node).name) || controller::may_carry(node, pool_))
        problem_.nodes.push_back(plan_node(node, clock_.system_now()));
    return {};
  }

  // Those that name no pool have this one where they are placed on it: it is the controller's default, then.
  Result<void> read_groups() {
    auto groups = list(controller::consumer_group_resource(), "", "");
    if (!groups) return std::unexpected(groups.error());
    for (const Json& group : *groups) {
      const auto key = kube::key_of(group);
      const auto placements = controller::read_placements(group, key_.name);
      const auto named = controller::pool_of_group(group, placements.empty() ? kube::ObjectKey() : key_);
      if (named != key_ || !controller::may_use(settings_, key_, key.ns)) continue;
      problem_.groups.push_back(
          {.key = {key.ns, key.name}, .demand = controller::read_demand(group), .placements = placements});
    }
    return {};
  }

  const base::SystemClock clock_;
  telemetry::Registry registry_;
  kube::Client client_;
  PlanProblem problem_;
  Json pool_;
  kube::ObjectKey key_;
  controller::PoolSettings settings_;
  std::set<std::string> carrying_;
};

}  // namespace

Result<PlanProblem> read_live_plan(const LivePool& pool, PlanProblem scheduling) {
  const auto config = read_client_config(usual_kubeconfig(pool.kubeconfig));
  if (!config) return std::unexpected(config.error());
  return LiveReader(*config, std::move(scheduling)).read(pool.ns.empty() ? config->ns : pool.ns, pool.name);
}

}  // namespace weir::cli
