#include "unit/placement/random_cluster.h"

#include <algorithm>

namespace weir::placement {

using namespace std::chrono_literals;

RandomCluster::RandomCluster(unsigned seed, Patience given) : patience(given), random_(seed) {
  scheduler = std::make_unique<Scheduler>(default_profile(), patience);
  settings = {.capacity = 1 + up_to(5), .min_replicas = up_to(2), .max_replicas = 1 + up_to(11)};
  if (one_in(4)) settings.max_vreplicas_per_namespace = 1 + up_to(15);
  settings.min_replicas = std::min(settings.min_replicas, settings.max_replicas);
  zones_ = 1 + up_to(3);
  const int node_count = 1 + up_to(7), pod_count = up_to(9), group_count = 1 + up_to(5);
  for (int i = 0; i < node_count; ++i)
    add_node();
  stateful_set.replicas = pod_count;
  scheduler->set_pool(settings, stateful_set);
  for (Ordinal ordinal = 0; ordinal < pod_count; ++ordinal)
    add_pod(ordinal);
  for (int i = 0; i < group_count; ++i)
    set_group({"ns-" + std::to_string(up_to(2)), "group-" + std::to_string(i)});
}

Node& RandomCluster::any_node() {
  return std::next(nodes.begin(), up_to(static_cast<int>(nodes.size()) - 1))->second;
}

void RandomCluster::add_node() {
  Node node = Cluster::node(nodes_made_++, up_to(zones_ - 1));
  node.cordoned = one_in(12);
  scheduler->set_node(node, now);
  nodes[node.name] = node;
}

void RandomCluster::add_pod(Ordinal ordinal) {
  Pod pod{.ordinal = ordinal, .node = one_in(15) ? std::string() : any_node().name};
  pod.unschedulable = one_in(20);
  pod.full = one_in(30);
  scheduler->set_pod(pod, now);
  pods[ordinal] = pod;
}

void RandomCluster::set_group(const GroupKey& key) {
  Demand demand{.vreplicas = one_in(8) ? 0 : up_to(14), .partitions = std::nullopt};
  if (!one_in(3)) demand.partitions = 1 + up_to(15);
  // Now and then more than a pod has.
  if (one_in(2)) demand.cost = 1 + up_to(settings.capacity);
  groups[key] = demand;
  scheduler->set_group(key, demand);
}

void RandomCluster::disturb_pod() {
  const Ordinal ordinal = up_to(11);
  const auto found = pods.find(ordinal);
  if (found == pods.end()) return add_pod(ordinal);
  switch (up_to(3)) {
    case 0:
      scheduler->remove_pod(ordinal, now);
      pods.erase(found);
      return;
    case 1:
      found->second.terminating = true;
      break;
    case 2:
      found->second.failed = true;
      break;
    default:
      found->second.unschedulable = !found->second.unschedulable;
  }
  scheduler->set_pod(found->second, now);
}

void RandomCluster::disturb_node() {
  if (one_in(4)) return add_node();
  Node& node = any_node();
  if (one_in(2)) {
    node.ready = !node.ready;
  } else {
    node.cordoned = !node.cordoned;
  }
  scheduler->set_node(node, now);
}

void RandomCluster::disturb_group() {
  const auto found = std::next(groups.begin(), up_to(static_cast<int>(groups.size()) - 1));
  if (groups.size() > 1 && one_in(6)) {
    scheduler->remove_group(found->first);
    groups.erase(found);
  } else if (one_in(5)) {
    set_group({"ns-" + std::to_string(up_to(2)), "new-" + std::to_string(up_to(99))});
  } else {
    set_group(GroupKey(found->first));
  }
}

void RandomCluster::disturb() {
  const int events = 1 + up_to(4);
  for (int i = 0; i < events; ++i) {
    switch (up_to(4)) {
      case 0:
        disturb_pod();
        break;
      case 1:
        disturb_node();
        break;
      case 2:
        now += std::chrono::seconds(up_to(70));
        break;
      default:
        disturb_group();
    }
  }
}

std::unique_ptr<Scheduler> RandomCluster::told_in_random_order(bool with_placements) {
  auto copy = std::make_unique<Scheduler>(default_profile(), patience);
  std::vector<std::function<void()>> tellings;
  tellings.emplace_back([&] { copy->set_pool(settings, stateful_set); });
  for (const auto& [name, node] : nodes)
    tellings.emplace_back([&] { copy->set_node(node, now); });
  for (const auto& [ordinal, pod] : pods)
    tellings.emplace_back([&] { copy->set_pod(pod, now); });
  for (const auto& [key, demand] : groups) {
    if (with_placements) tellings.emplace_back([&] { copy->restore(key, *scheduler->placements(key), now); });
    tellings.emplace_back([&] { copy->set_group(key, demand); });
  }
  std::ranges::shuffle(tellings, random_);
  for (const auto& tell : tellings)
    tell();
  return copy;
}

}  // namespace weir::placement
