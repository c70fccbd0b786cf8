#include "placement/open_pods.h"

#include <random>

#include <gtest/gtest.h>

#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

// The same from what each pod has, at this moment.
void expect_as_counted(const Pool& pool, Count cost) {
  SCOPED_TRACE("cost " + std::to_string(cost));
  const OpenPods& open = pool.open(cost);
  Count pods = 0;
  std::int64_t places = 0;
  std::map<NodeId, std::vector<Ordinal>> on_node;
  for (Ordinal ordinal = 0; ordinal < static_cast<Ordinal>(pool.pods().size()); ++ordinal) {
    const Pool::PodSlot& pod = *pool.pod(ordinal);
    const bool is_open = pod.usable && pool.capacity() - pod.used >= cost;
    EXPECT_EQ(pool.is_open(ordinal, cost), is_open) << "pod " << ordinal;
    if (!is_open) continue;
    ++pods;
    places += (pool.capacity() - pod.used) / cost;
    on_node[pod.node].push_back(ordinal);
  }
  EXPECT_EQ(open.pods(), pods);
  EXPECT_EQ(open.places(), places);
  EXPECT_EQ(open.nodes(), static_cast<Count>(on_node.size()));
  std::map<ZoneId, OpenPods::Nodes> in_zone;
  for (const auto& [node, ordinals] : on_node)
    in_zone[pool.node(node).zone].emplace(ordinals.front(), node);
  for (NodeId node = 0; node < static_cast<NodeId>(pool.nodes().size()); ++node)
    EXPECT_TRUE(std::ranges::equal(open.on_node(node), on_node[node])) << "node " << node;
  for (ZoneId zone = 0; zone < static_cast<ZoneId>(pool.zones().size()); ++zone)
    EXPECT_EQ(open.in_zone(zone), in_zone[zone]) << "zone " << zone;
}

class ChangingPool {
 public:
  explicit ChangingPool(unsigned seed) : random_(seed) { pool.set_capacity(8); }

  void change() {
    const Ordinal ordinal = up_to(5);
    switch (up_to(8)) {
      case 0:
        return pool.set_capacity(1 + up_to(11));
      case 1:
        return pool.set_limit(up_to(7));
      case 2:
        return pool.remove_pod(ordinal, kNow);
      case 3:
        return pool.remove_node("node-" + std::to_string(up_to(3)), kNow);
      case 4:
        return change_costs();
      case 5: {
        Node node = Cluster::node(up_to(3), up_to(2));
        node.ready = up_to(4) > 0;
        return pool.set_node(node, kNow);
      }
      case 6: {
        Pod pod{.ordinal = ordinal, .node = up_to(4) == 0 ? "" : "node-" + std::to_string(up_to(3))};
        pod.unschedulable = up_to(5) == 0;
        return pool.set_pod(pod, kNow);
      }
      default: {
        const Count now = 1 + up_to(9);
        pool.add(ordinal, now - std::exchange(loads_[ordinal], now));
      }
    }
  }

  Pool pool;
  std::multiset<Count> costs{1};

 private:
  Count up_to(Count most) { return static_cast<Count>(random_() % static_cast<unsigned>(most + 1)); }

  void change_costs() {
    if (costs.size() > 1 && up_to(1) == 0) {
      const auto last = std::prev(costs.end());
      pool.remove_cost(*last);
      costs.erase(last);
    } else {
      pool.add_cost(*costs.insert(1 + up_to(9)));
    }
  }

  std::mt19937 random_;
  std::map<Ordinal, Count> loads_;
};

TEST(OpenPods, AreThoseWithRoomForTheirCostWhateverHappens) {
  for (unsigned seed = 0; seed < 300 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ChangingPool changing(seed);
    for (int change = 0; change < 100 && !::testing::Test::HasFailure(); ++change) {
      changing.change();
      for (const Count cost : changing.costs)
        expect_as_counted(changing.pool, cost);
    }
  }
}

}  // namespace
}  // namespace weir::placement
