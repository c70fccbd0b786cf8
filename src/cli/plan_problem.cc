#include "cli/plan_problem.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/did_you_mean.h"
#include "cli/plan_fields.h"
#include "cli/plan_profiles.h"
#include "cli/yaml_documents.h"
#include "controller/consumer_group.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;
using placement::Count;
using placement::Ordinal;

constexpr std::int64_t kMostVReplicas = 10'000;  // of a ConsumerGroup
constexpr std::int64_t kMostOnAPod = 1'000'000;
constexpr std::array kTopKeys{"pool"sv, "nodes"sv, "pods"sv, "groups"sv, "profile"sv, "profiles"sv, "patience"sv};
constexpr std::array kPoolKeys{
    "name"sv, "capacity"sv, "replicas"sv, "updating"sv, "minReplicas"sv, "maxReplicas"sv, "maxVReplicasPerNamespace"sv};
constexpr std::array kNodeKeys{"name"sv, "zone"sv, "ready"sv, "cordoned"sv, "for"sv};
constexpr std::array kPodKeys{"name"sv, "node"sv, "state"sv, "unschedulable"sv, "full"sv, "for"sv};
constexpr std::array kGroupKeys{"name"sv,       "namespace"sv,    "replicas"sv,
                                "partitions"sv, "vreplicaCost"sv, "placements"sv};
constexpr std::array kPatienceKeys{"nodeGrace"sv, "restartGrace"sv,     "startGrace"sv,         "shrinkCooldown"sv,
                                   "cycle"sv,     "maxMovesPerCycle"sv, "mostUnreadyPercent"sv, "leaveCordonedNodes"sv};
constexpr std::array kStates{"running"sv, "pending"sv, "terminating"sv, "failed"sv, "gone"sv};

class PlanReader {
 public:
  PlanReader(CheckReport& report, PlanProblem& problem) : fields_(report), problem_(problem) {}

  void read(const CheckNode& top) {
    if (!top.is_map()) return fields_.report().error(top, "must be a map with pool, nodes, pods and groups");
    fields_.report().check_keys(top, kTopKeys);
    read_pool(top["pool"]);
    read_list(top["nodes"], "nodes", kNodeKeys, &PlanReader::read_node);
    read_list(top["pods"], "pods", kPodKeys, &PlanReader::read_pod);
    if (!top["pool"]["replicas"].present()) problem_.stateful_set.replicas = last_pod_ + 1;
    read_list(top["groups"], "groups", kGroupKeys, &PlanReader::read_group);
    if (problem_.groups.empty()) fields_.report().note(top["groups"], "there are no groups to place");
    problem_.profiles = read_profiles(top["profiles"], fields_);
    read_profile_name(top["profile"]);
    read_patience(top["patience"]);
  }

 private:
  CheckReport& report() { return fields_.report(); }
  Count count(const CheckNode& node, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    return static_cast<Count>(fields_.number(node, otherwise, least, most));
  }

  void read_list(const CheckNode& list, std::string_view what, std::span<const std::string_view> keys,
                 void (PlanReader::*read_item)(const CheckNode&)) {
    if (!fields_.is_list(list, what)) return;
    for (const CheckNode& item : list.items()) {
      if (!item.is_map()) {
        report().error(item, fmt::format("must be a map of {}", fmt::join(keys, ", ")));
        continue;
      }
      report().check_keys(item, keys);
      (this->*read_item)(item);
    }
  }

  void read_pool(const CheckNode& pool) {
    if (pool.present() && !pool.is_map())
      return report().error(pool, fmt::format("must be a map of {}", fmt::join(kPoolKeys, ", ")));
    report().check_keys(pool, kPoolKeys);
    if (pool["name"].present()) problem_.pool_name = fields_.required_text(pool["name"], "dispatcher");
    auto& settings = problem_.pool;
    settings.capacity = count(pool["capacity"], settings.capacity, 1, kMostOnAPod);
    settings.min_replicas = count(pool["minReplicas"], settings.min_replicas, 0, placement::kMaxOrdinal);
    settings.max_replicas = count(pool["maxReplicas"], settings.max_replicas, 0, placement::kMaxOrdinal);
    if (settings.min_replicas > settings.max_replicas)
      report().error(pool["minReplicas"], fmt::format("{} is more than maxReplicas, which is {}", settings.min_replicas,
                                                      settings.max_replicas));
    if (const auto quota = fields_.optional_number(pool["maxVReplicasPerNamespace"], 0, kMostOnAPod))
      settings.max_vreplicas_per_namespace = static_cast<Count>(*quota);
    problem_.stateful_set.replicas = count(pool["replicas"], 0, 0, placement::kMaxOrdinal);
    problem_.stateful_set.updating = fields_.boolean(pool["updating"], false);
  }

  void read_node(const CheckNode& item) {
    PlanNode node;
    node.node.name = fields_.required_text(item["name"], "node-1");
    node.node.zone = item["zone"].text();
    node.node.ready = fields_.boolean(item["ready"], true);
    node.node.cordoned = fields_.boolean(item["cordoned"], false);
    node.since = fields_.duration(item["for"], std::chrono::milliseconds(0));
    if (!node.node.name.empty() && !nodes_.insert(node.node.name).second)
      report().error(item["name"], fmt::format("\"{}\": another node has this name; keep one", node.node.name));
    problem_.nodes.push_back(std::move(node));
  }

  // The ordinal of a pod that the file names, which is to be one of the pool.
  std::optional<Ordinal> pod_ordinal(const CheckNode& where, const std::string& name) {
    const auto ordinal = placement::parse_pod_name(problem_.pool_name, name);
    if (ordinal) return *ordinal;
    report().error(where, ordinal.error().message + "; the pool's name is pool.name");
    return std::nullopt;
  }

  void read_pod(const CheckNode& item) {
    PlanPod pod;
    const std::string name = fields_.required_text(item["name"], problem_.pod_name(0));
    const auto ordinal = name.empty() ? std::nullopt : pod_ordinal(item["name"], name);
    pod.pod.unschedulable = fields_.boolean(item["unschedulable"], false);
    pod.pod.full = fields_.boolean(item["full"], false);
    pod.since = fields_.duration(item["for"], std::chrono::milliseconds(0));
    read_state(item, pod);
    if (!ordinal) return;
    pod.pod.ordinal = *ordinal;
    if (!pods_.insert(*ordinal).second)
      report().error(item["name"], fmt::format("\"{}\": another pod has this name; keep one", name));
    if (!pod.gone) last_pod_ = std::max(last_pod_, *ordinal);
    problem_.pods.push_back(std::move(pod));
  }

  void read_state(const CheckNode& item, PlanPod& pod) {
    const CheckNode state = item["state"];
    const std::string text = state.present() ? state.text() : "running";
    if (std::ranges::find(kStates, text) == kStates.end())
      report().error(state, fmt::format("\"{}\": write one of {}", text, fmt::join(kStates, ", ")));
    pod.gone = text == "gone";
    pod.pod.terminating = text == "terminating";
    pod.pod.failed = text == "failed";
    pod.pod.node = item["node"].text();
    if (text == "pending") {
      if (item["node"].present()) report().error(item["node"], "a pending pod has no node; take node or state out");
    } else if (!pod.gone && pod.pod.node.empty()) {
      report().error(item["node"], "missing; write the name of a node, or state: pending");
    } else if (!pod.pod.node.empty() && !nodes_.contains(pod.pod.node)) {
      const std::string near = did_you_mean(pod.pod.node, {nodes_.begin(), nodes_.end()});
      report().error(item["node"], fmt::format("\"{}\" is not under nodes; {}", pod.pod.node,
                                               near.empty() ? "add it there" : fmt::format("did you mean {}?", near)));
    }
  }

  void read_group(const CheckNode& item) {
    PlanGroup group;
    const std::string name = fields_.required_text(item["name"], "orders, or shop/orders");
    const auto slash = name.find('/');
    group.key.name = slash == std::string::npos ? name : name.substr(slash + 1);
    group.key.ns = slash == std::string::npos ? "default" : name.substr(0, slash);
    if (item["namespace"].present()) {
      group.key.ns = fields_.required_text(item["namespace"], "shop");
      if (slash != std::string::npos)
        report().error(item["namespace"], "the name has a namespace already; keep one of the two");
    }
    if (!item["replicas"].present())
      report().error(item["replicas"], "missing; write how many virtual replicas it wants");
    group.demand.vreplicas = count(item["replicas"], 0, 0, kMostVReplicas);
    if (const auto partitions = fields_.optional_number(item["partitions"], 1, kMostOnAPod))
      group.demand.partitions = static_cast<Count>(*partitions);
    group.demand.cost = count(item["vreplicaCost"], 1, 1, controller::kMostVReplicaCost);
    read_placements(item["placements"], group);
    if (!name.empty() && !groups_.insert(group.key).second)
      report().error(item["name"], fmt::format("\"{}\": another group has this name; keep one", to_string(group.key)));
    problem_.groups.push_back(std::move(group));
  }

  void read_placements(const CheckNode& map, PlanGroup& group) {
    if (map.present() && !map.is_map())
      report().error(map, fmt::format("must be a map such as {{{}: 3}}", problem_.pod_name(0)));
    std::set<Ordinal> seen;
    for (const auto& [pod, node] : map.entries()) {
      const auto ordinal = pod_ordinal(node, pod);
      if (!ordinal) continue;
      if (!pods_.contains(*ordinal))
        report().error(node, fmt::format("there is no pod {}; take the placement out, or list the pod with "
                                         "state: gone to see it placed again",
                                         pod));
      if (!seen.insert(*ordinal).second) report().error(node, "comes twice; keep one");
      group.placements.push_back({*ordinal, count(node, 0, 0, kMostVReplicas)});
    }
  }

  void read_profile_name(const CheckNode& node) {
    if (!node.present()) return;
    problem_.profile = node.text();
    std::vector<std::string> known = placement::built_in_profiles();
    for (const auto& [name, spec] : problem_.profiles)
      known.push_back(name);
    if (std::ranges::find(known, problem_.profile) == known.end())
      report().error(node, fmt::format("\"{}\": there is no such profile; write one of {}", problem_.profile,
                                       fmt::join(known, ", ")));
  }

  void read_patience(const CheckNode& node) {
    report().check_keys(node, kPatienceKeys);
    auto& patience = problem_.patience;
    patience.node_grace = fields_.duration(node["nodeGrace"], patience.node_grace);
    patience.restart_grace = fields_.duration(node["restartGrace"], patience.restart_grace);
    patience.start_grace = fields_.duration(node["startGrace"], patience.start_grace);
    patience.shrink_cooldown = fields_.duration(node["shrinkCooldown"], patience.shrink_cooldown);
    patience.cycle = fields_.duration(node["cycle"], patience.cycle);
    patience.max_moves_per_cycle = count(node["maxMovesPerCycle"], patience.max_moves_per_cycle, 1, kMostOnAPod);
    patience.most_unready_percent = count(node["mostUnreadyPercent"], patience.most_unready_percent, 0, 100);
    patience.leave_cordoned_nodes = fields_.boolean(node["leaveCordonedNodes"], patience.leave_cordoned_nodes);
  }

  PlanFields fields_;
  PlanProblem& problem_;
  std::set<std::string> nodes_;
  std::set<Ordinal> pods_;
  std::set<placement::GroupKey> groups_;
  Ordinal last_pod_ = -1;
};

}  // namespace

std::string PlanProblem::pod_name(placement::Ordinal ordinal) const {
  return fmt::format("{}-{}", pool_name, ordinal);
}

PlanReading read_plan(const std::string& name, const std::string& text) {
  PlanReading reading;
  CheckReport report(name);
  try {
    const auto documents = load_documents(text);
    if (documents.size() != 1) {
      report.file_error(
          0, fmt::format("holds {} documents; write one, with pool, nodes, pods and groups", documents.size()));
    } else {
      PlanReader(report, reading.problem).read(CheckNode(documents.front(), ""));
    }
  } catch (const YAML::Exception& error) {
    report.file_error(error.mark.is_null() ? 0 : error.mark.line + 1, fmt::format("is not YAML: {}", error.msg));
  }
  reading.findings = report.take();
  return reading;
}

}  // namespace weir::cli
