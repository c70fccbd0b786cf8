#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "unit/placement/random_cluster.h"

// Costs that do not divide the capacity: what the pool comes to, and that it stays there.
namespace weir::placement {
namespace {

using namespace std::chrono_literals;

// The least number of pods on which all have room, found by trying every way.
Count fewest_pods(const std::vector<Count>& costs, Count capacity) {
  Count best = static_cast<Count>(costs.size());
  std::vector<Count> used;
  const std::function<void(std::size_t)> put = [&](std::size_t next) {
    if (static_cast<Count>(used.size()) >= best) return;
    if (next == costs.size()) {
      best = static_cast<Count>(used.size());
      return;
    }
    for (std::size_t pod = 0; pod < used.size(); ++pod) {
      if (used[pod] + costs[next] > capacity) continue;
      used[pod] += costs[next];
      put(next + 1);
      used[pod] -= costs[next];
    }
    used.push_back(costs[next]);
    put(next + 1);
    used.pop_back();
  };
  put(0);
  return best;
}

class RandomCosts {
 public:
  explicit RandomCosts(unsigned seed) : random_(seed) {}
  Count up_to(Count most) { return static_cast<Count>(random_() % static_cast<unsigned>(most + 1)); }

 private:
  std::mt19937 random_;
};

TEST(CostProperty, FewerPodsThanAreAskedForNeverSuffice) {
  unsigned exact = 0;
  for (unsigned seed = 0; seed < kClusters; ++seed) {
    RandomCosts random(seed);
    const Count capacity = 1 + random.up_to(11);
    std::vector<Count> costs(static_cast<std::size_t>(1 + random.up_to(6)));
    CountByCost demand;
    for (Count& cost : costs) {
      cost = 1 + random.up_to(capacity - 1);
      ++demand[cost];
    }
    const Count fewest = fewest_pods(costs, capacity);
    const Count needed = pods_needed(demand, capacity, {}, 0, 100);
    EXPECT_LE(needed, fewest) << "seed " << seed;
    exact += needed == fewest ? 1 : 0;
  }
  EXPECT_GT(exact, kClusters / 10 * 8);
}

// A pool whose StatefulSet follows at once, in a cluster with a node a pod.
class FollowingPool {
 public:
  FollowingPool(unsigned seed, Patience patience)
      : random(seed), cluster({.capacity = 2 + random.up_to(14), .max_replicas = 200}, patience) {
    zones_ = 1 + random.up_to(2);
    cluster.tell_pool();
    for (int group = 0; group <= random.up_to(5); ++group)
      change_group(group);
  }

  void change_group(int group) {
    const Count cost = 1 + random.up_to(cluster.settings.capacity);
    const Count vreplicas = random.up_to(6);
    const std::string name = "ns-" + std::to_string(group % 2) + "/g" + std::to_string(group);
    wanted[name] = {.vreplicas = vreplicas, .cost = cost};
    cluster.want_of_cost(name, vreplicas, cost);
  }

  Decision step(std::chrono::milliseconds later) {
    const Decision decision = cluster.run_after(later);
    for (Ordinal pod = cluster.replicas; pod-- > decision.pool_replicas;)
      cluster.scheduler.remove_pod(pod, cluster.now);
    cluster.replicas = decision.pool_replicas;
    cluster.add_pods(decision.pool_replicas, zones_);
    return decision;
  }

  // But for what costs more than a pod has, which was placed when it cost less.
  void expect_no_pod_above_capacity() {
    std::map<Ordinal, std::int64_t> loads;
    for (const auto& [name, demand] : wanted)
      if (demand.cost <= cluster.settings.capacity)
        for (const auto& [pod, vreplicas] : cluster.placed(name))
          loads[pod] += std::int64_t{vreplicas} * demand.cost;
    for (const auto& [pod, load] : loads)
      EXPECT_LE(load, cluster.settings.capacity) << "pod " << pod;
  }

  RandomCosts random;
  Cluster cluster;
  std::map<std::string, Demand> wanted;

 private:
  Count zones_ = 1;
};

TEST(CostProperty, ThePoolSettlesWithEverythingPlaced) {
  for (unsigned seed = 0; seed < kClusters / 5 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FollowingPool pool(seed, {.max_moves_per_cycle = 1 + static_cast<Count>(seed % 10)});
    for (int change = 0; change < 4; ++change) {
      for (int step = 0; step < pool.random.up_to(12); ++step)
        pool.step(10s);
      pool.change_group(pool.random.up_to(5));
    }
    // Moves one a cycle take their time.
    for (int step = 0; step < 200; ++step)
      pool.step(15s);
    const Count settled = pool.cluster.replicas;
    for (int step = 0; step < 60; ++step) {
      const Decision decision = pool.step(15s);
      EXPECT_EQ(decision.pool_replicas, settled);
      EXPECT_TRUE(decision.steps.empty());
      EXPECT_TRUE(decision.groups.empty());
    }
    CountByCost demand;
    for (const auto& [name, wanted] : pool.wanted) {
      const bool fits = wanted.cost <= pool.cluster.settings.capacity;
      demand[wanted.cost] += wanted.vreplicas;
      EXPECT_EQ(pool.cluster.outcome(name).pending,
                fits ? 0 : wanted.vreplicas - total(pool.cluster.outcome(name).placements))
          << name;
    }
    pool.expect_no_pod_above_capacity();
    EXPECT_GE(settled, pods_needed(demand, pool.cluster.settings.capacity, {}, 0, 200));
  }
}

// Where one group wants less again and again, the pool is tempted to shrink again and again.
TEST(CostProperty, ASettledPoolStaysSoWhileAGroupComesAndGoesThatNeedsNoPodOfItsOwn) {
  for (unsigned seed = 0; seed < kClusters / 20 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    FollowingPool pool(seed, {});
    pool.cluster.want("flapping", 1);
    for (int step = 0; step < 100; ++step)
      pool.step(15s);
    std::set<Count> sizes;
    for (int step = 0; step < 200; ++step) {
      pool.cluster.want("flapping", step / 10 % 2);
      const Count size = pool.step(15s).pool_replicas;
      if (step >= 100) sizes.insert(size);
    }
    // With it and without it.
    EXPECT_LE(sizes.size(), 2U);
    EXPECT_LE(*sizes.rbegin() - *sizes.begin(), 1);
  }
}

}  // namespace
}  // namespace weir::placement
