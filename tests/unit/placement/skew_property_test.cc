#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "unit/placement/random_cluster.h"

// The skew of a group that is placed at once is the least that capacity allows, found by trying every way of sharing
// out.
namespace weir::placement {
namespace {

Count skew(const std::vector<Count>& counts) {
  const auto [least, most] = std::ranges::minmax_element(counts);
  return counts.empty() ? 0 : *most - *least;
}

// The least skew of all ways to put `wanted` into domains with so much room each; none when they do not fit.
std::optional<Count> least_skew(const std::vector<Count>& room, Count wanted) {
  std::optional<Count> best;
  std::vector<Count> counts(room.size());
  const std::function<void(std::size_t, Count)> fill = [&](std::size_t domain, Count left) {
    if (domain == room.size()) {
      if (left == 0 && (!best || skew(counts) < *best)) best = skew(counts);
      return;
    }
    for (counts[domain] = 0; counts[domain] <= std::min(room[domain], left); ++counts[domain])
      fill(domain + 1, left - counts[domain]);
    counts[domain] = 0;
  };
  fill(0, wanted);
  return best;
}

struct Domain {
  std::map<std::int32_t, Domain> inner;
  Count room = 0;   // before the group came
  Count count = 0;  // of the group
};

// Zones, in them nodes, in them pods: those that get placements.
Domain domains_of(const Pool& pool, const Placements& placements, Count cost) {
  Domain all;
  for (Ordinal ordinal = 0; ordinal < static_cast<Ordinal>(pool.pods().size()); ++ordinal) {
    if (!pool.pod(ordinal)->usable) continue;
    const auto found = std::ranges::find(placements, ordinal, &Placement::pod);
    const Count mine = found == placements.end() ? 0 : found->vreplicas;
    const NodeId node = pool.node_of(ordinal);
    Domain& zone = all.inner[pool.zone_of(ordinal)];
    for (Domain* domain : {&all, &zone, &zone.inner[node], &zone.inner[node].inner[ordinal]}) {
      domain->count += mine;
      domain->room += pool.free(ordinal) / cost + mine;
    }
  }
  return all;
}

void expect_least_skew(const Domain& domain, const std::string& name) {
  std::vector<Count> room, counts;
  for (const auto& [id, inner] : domain.inner) {
    room.push_back(inner.room);
    counts.push_back(inner.count);
  }
  if (counts.empty()) return;
  EXPECT_EQ(skew(counts), least_skew(room, domain.count)) << name;
  for (const auto& [id, inner] : domain.inner)
    expect_least_skew(inner, name + " " + std::to_string(id));
}

TEST(SkewProperty, IsTheLeastThatCapacityAllowsInTenThousandClusters) {
  for (unsigned seed = 0; seed < kClusters && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCluster cluster(seed);
    cluster.run();
    // The others have what they want, so that the room is all there for the new one.
    for (const auto& [other, demand] : cluster.groups)
      cluster.scheduler->set_group(other,
                                   {.vreplicas = total(*cluster.scheduler->placements(other)), .cost = demand.cost});
    cluster.run();
    const GroupKey key{"fresh", "group"};
    const Count wanted = 1 + cluster.up_to(11);
    const Count cost = cluster.one_in(2) ? 1 : 1 + cluster.up_to(cluster.settings.capacity - 1);
    cluster.scheduler->set_group(key, {.vreplicas = wanted, .cost = cost});
    cluster.run();
    const Placements& placements = *cluster.scheduler->placements(key);
    expect_least_skew(domains_of(cluster.scheduler->pool(), placements, cost), "pool");
  }
}

TEST(SkewProperty, OfWhatIsLeftAfterScalingDownIsTheLeastToo) {
  for (unsigned seed = 0; seed < kClusters / 5 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomCluster cluster(seed);
    const GroupKey key{"fresh", "group"};
    cluster.scheduler->set_group(key, {.vreplicas = 12});
    cluster.run();
    const Placements before = *cluster.scheduler->placements(key);
    const Count left = cluster.up_to(total(before));
    cluster.scheduler->set_group(key, {.vreplicas = left});
    cluster.run();
    // What a zone had bounds what it can keep.
    const Pool& pool = cluster.scheduler->pool();
    std::map<ZoneId, Count> had, has;
    for (const Placement& placement : before) {
      had[pool.zone_of(placement.pod)] += placement.vreplicas;
      has[pool.zone_of(placement.pod)] += 0;
    }
    for (const Placement& placement : *cluster.scheduler->placements(key))
      has[pool.zone_of(placement.pod)] += placement.vreplicas;
    std::vector<Count> room, counts;
    for (const auto& [zone, count] : had) {
      room.push_back(count);
      counts.push_back(has[zone]);
    }
    if (room.empty()) continue;
    EXPECT_EQ(skew(counts), least_skew(room, left));
  }
}

}  // namespace
}  // namespace weir::placement
