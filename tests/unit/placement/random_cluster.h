#pragma once

#include <functional>
#include <memory>
#include <random>

#include "unit/placement/cluster.h"

namespace weir::placement {

// How many clusters are tried; under a sanitizer each takes many times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr unsigned kClusters = 1'000;
#else
inline constexpr unsigned kClusters = 10'000;
#endif

// A small cluster as chance has it, and what happens to it. Keeps its own account of what it told the scheduler.
class RandomCluster {
 public:
  explicit RandomCluster(unsigned seed, Patience patience = {});

  // One to five things happen: pods and nodes go, fail and come back, groups come, change and go, time passes.
  void disturb();
  // A scheduler that is told the present state in an order of its own, with our placements or with none.
  std::unique_ptr<Scheduler> told_in_random_order(bool with_placements);
  Decision run() { return scheduler->run(now); }

  int up_to(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most + 1)); }
  bool one_in(int n) { return up_to(n - 1) == 0; }

  PoolSettings settings;
  Patience patience;
  StatefulSet stateful_set;
  base::SteadyTime now = kNow;
  std::map<std::string, Node> nodes;
  std::map<Ordinal, Pod> pods;
  std::map<GroupKey, Demand> groups;
  std::unique_ptr<Scheduler> scheduler;

 private:
  void add_node();
  void add_pod(Ordinal ordinal);
  void set_group(const GroupKey& key);
  void disturb_pod();
  void disturb_node();
  void disturb_group();
  Node& any_node();

  std::mt19937 random_;
  int nodes_made_ = 0;
  int zones_ = 1;
};

}  // namespace weir::placement
