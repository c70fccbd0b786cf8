#include "cli/placement_metrics.h"

#include <map>

namespace weir::cli {
namespace {

struct PoolFigures {
  double placed = 0, pending = 0, behind = 0;
  std::map<std::string, double> pods_by_state;
};

PoolFigures figures_of(const controller::PoolView& pool) {
  PoolFigures figures;
  for (const auto& pod : pool.pods) {
    ++figures.pods_by_state[pod.state];
    figures.placed += pod.vreplicas;
    if (pod.applied < pod.generation) ++figures.behind;
  }
  for (const auto& group : pool.groups)
    figures.pending += group.pending;
  return figures;
}

}  // namespace

void collect_placement_metrics(const std::vector<controller::PoolView>& pools,
                               std::vector<telemetry::Sample>& samples) {
  for (const auto& pool : pools) {
    const telemetry::Labels labels{{"namespace", pool.key.ns}, {"pool", pool.key.name}};
    const auto add = [&](const char* name, const char* help, double value) {
      samples.push_back({name, help, labels, value});
    };
    const PoolFigures figures = figures_of(pool);
    add("weir_placement_pending_vreplicas", "Virtual replicas that have no pod yet.", figures.pending);
    add("weir_placement_placed_vreplicas", "Virtual replicas that pods of the pool have.", figures.placed);
    add("weir_placement_capacity_vreplicas", "Virtual replicas of cost 1 for which the pool's pods have room.",
        static_cast<double>(pool.capacity) * static_cast<double>(pool.pods.size()));
    add("weir_placement_groups", "ConsumerGroups that name the pool.", static_cast<double>(pool.groups.size()));
    add("weir_placement_wanted_pods", "Pods that the pool ought to have.", pool.wanted);
    add("weir_placement_max_pods", "Pods that the pool may have.", pool.max_replicas);
    add("weir_placement_held", "1 while nothing moves, as too many nodes are away or somebody wants it so.",
        pool.held ? 1 : 0);
    add("weir_placement_behind_pods", "Pods that have not acknowledged their newest assignment.", figures.behind);
    for (const auto& [state, count] : figures.pods_by_state) {
      auto with_state = labels;
      with_state.emplace("state", state);
      samples.push_back({"weir_placement_pods", "Pods of the pool, by their state.", std::move(with_state), count});
    }
  }
}

}  // namespace weir::cli
