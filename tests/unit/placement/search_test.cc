#include "placement/search.h"

#include <random>

#include <gtest/gtest.h>

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

// A search looks at few pods; it must find what looking at all of them finds.
TEST(Search, FindsWhatLookingAtEveryPodFinds) {
  const auto all = profiles();
  for (unsigned seed = 0; seed < 2000; ++seed) {
    std::mt19937 random(seed);
    const auto up_to = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most + 1)); };
    Pool pool;
    pool.set_capacity(1 + up_to(3));
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
    }
    Placements placements;
    for (Ordinal ordinal = 0; ordinal < pods; ++ordinal) {
      const Count mine = up_to(pool.pod(ordinal)->used);
      if (mine > 0 && up_to(1) == 0) placements.push_back({ordinal, mine});
    }
    Tally tally(pool);
    const Profile& profile = all[seed % all.size()];
    tally.bind(placements, up_to(2) == 0 ? std::nullopt : std::optional<Count>(1 + up_to(5)));
    EXPECT_EQ(best_pod(profile, tally), best_pod_of_all(profile, tally)) << profile.name << ", seed " << seed;
    if (placements.empty()) continue;
    // The same while a move is weighed.
    const Ordinal current = placements.front().pod;
    tally.add(current, -1);
    EXPECT_EQ(best_pod(profile, tally, current), best_pod_of_all(profile, tally, current))
        << profile.name << ", moving, seed " << seed;
  }
}

}  // namespace
}  // namespace weir::placement
