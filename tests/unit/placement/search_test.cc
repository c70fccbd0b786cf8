#include "placement/search.h"

#include <functional>
#include <random>

#include <gtest/gtest.h>

#include "placement/shortlist.h"
#include "unit/placement/cluster.h"

namespace weir::placement {
namespace {

std::vector<Profile> profiles() {
  std::vector<Profile> all;
  for (const std::string& name : built_in_profiles())
    all.push_back(make_profile(*built_in_profile(name)).value());
  for (const std::string& filter : plugin_names(PluginKind::kFilter)) {
    ProfileSpec spec = *built_in_profile("default");
    spec.name = "filter " + filter;
    spec.filters = {{filter}};
    all.push_back(make_profile(spec).value());
  }
  for (const std::string& score : plugin_names(PluginKind::kScore)) {
    ProfileSpec spec = *built_in_profile("default");
    spec.name = "score " + score;
    spec.scores = {{{score}}};
    all.push_back(make_profile(spec).value());
  }
  return all;
}

// Pods, nodes and a group with some placements, as chance has it.
class RandomPool {
 public:
  explicit RandomPool(unsigned seed) : random_(seed) {
    pool.set_capacity(1 + up_to(5));
    cost = up_to(2) == 0 ? 1 : 1 + up_to(pool.capacity());
    pool.add_cost(cost);
    const int nodes = 1 + up_to(5), zones = 1 + up_to(2), pods = 1 + up_to(11);
    for (int node = 0; node < nodes; ++node) {
      Node it = Cluster::node(node, up_to(zones));
      it.cordoned = up_to(9) == 0;
      pool.set_node(it, kNow);
    }
    for (Ordinal ordinal = 0; ordinal < pods; ++ordinal) {
      Pod it = Cluster::pod(ordinal);
      it.node = "node-" + std::to_string(up_to(nodes - 1));
      it.unschedulable = up_to(9) == 0;
      pool.set_pod(it, kNow);
      pool.add(ordinal, up_to(pool.capacity()));
      // Some are away, with what they carry.
      if (up_to(9) == 0) pool.remove_pod(ordinal, kNow);
    }
    for (Ordinal ordinal = 0; ordinal < pods; ++ordinal) {
      const Count mine = up_to(static_cast<int>(pool.pod(ordinal)->used) / cost);
      if (mine > 0 && up_to(1) == 0) placements.push_back({ordinal, mine});
    }
    partitions = up_to(2) == 0 ? std::nullopt : std::optional<Count>(1 + up_to(5));
  }

  int up_to(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most + 1)); }

  Pool pool;
  Placements placements;
  std::optional<Count> partitions;
  Count cost = 1;

  // One more of the group, or one less.
  void put(Ordinal pod, Count delta, Tally& tally) {
    tally.add(pod, delta);
    pool.add(pod, delta * cost);
  }

 private:
  std::mt19937 random_;
};

constexpr unsigned kPools = 4000;

// Each of many pools, with its group bound, for one of the profiles.
void for_each_pool(const std::vector<Profile>& profiles,
                   const std::function<void(RandomPool& random, Tally& tally, const Profile& profile)>& look) {
  for (unsigned seed = 0; seed < kPools && !::testing::Test::HasFatalFailure(); ++seed) {
    RandomPool random(seed);
    Tally tally(random.pool);
    const Profile& profile = profiles[seed % profiles.size()];
    SCOPED_TRACE(profile.name + ", seed " + std::to_string(seed));
    tally.bind(random.placements, random.partitions, random.cost);
    look(random, tally, profile);
  }
}

// A search looks at few pods; it must find what looking at all of them finds.
TEST(Search, FindsWhatLookingAtEveryPodFinds) {
  for_each_pool(profiles(), [](RandomPool& random, Tally& tally, const Profile& profile) {
    EXPECT_EQ(best_pod(profile, tally), best_pod_of_all(profile, tally));
    if (random.placements.empty()) return;
    // The same while a move is weighed.
    const Ordinal current = random.placements.front().pod;
    tally.add(current, -1);
    EXPECT_EQ(best_pod(profile, tally, current), best_pod_of_all(profile, tally, current)) << "moving";
  });
}

TEST(Search, AShortlistFindsTheSameFromTheFirstPlacementToTheLast) {
  for_each_pool(profiles(), [](RandomPool& random, Tally& tally, const Profile& profile) {
    PlaceShortlist shortlist(profile, tally);
    const auto change = [&](Ordinal pod, Count delta) {
      tally.add(pod, delta);
      shortlist.refresh(pod);
    };
    while (const auto choice = best_pod_of_all(profile, tally)) {
      ASSERT_EQ(shortlist.best_pod(), choice);
      random.put(choice->pod, 1, tally);
      shortlist.refresh(choice->pod);
      // And as if one that is there already were to move.
      if (random.placements.empty()) continue;
      const Ordinal current = random.placements.front().pod;
      change(current, -1);
      ASSERT_EQ(shortlist.best_pod(current), best_pod_of_all(profile, tally, current)) << "moving";
      change(current, 1);
    }
    ASSERT_EQ(shortlist.best_pod(), std::nullopt);
  });
}

std::vector<Profile> removal_profiles() {
  auto all = profiles();
  for (const std::string& removal : plugin_names(PluginKind::kRemoval)) {
    ProfileSpec spec = *built_in_profile("default");
    spec.name = "removal " + removal;
    spec.removals = {{{removal}}};
    all.push_back(make_profile(spec).value());
  }
  return all;
}

TEST(Search, AShortlistTakesTheSameAwayUntilNothingIsLeft) {
  for_each_pool(removal_profiles(), [](RandomPool& random, Tally& tally, const Profile& profile) {
    LeaveShortlist shortlist(profile, tally);
    for (Count left = total(random.placements); left > 0; --left) {
      const Ordinal pod = pod_to_leave(profile, tally);
      ASSERT_EQ(shortlist.pod_to_leave(), pod);
      random.put(pod, -1, tally);
      shortlist.refresh(pod);
    }
  });
}

}  // namespace
}  // namespace weir::placement
