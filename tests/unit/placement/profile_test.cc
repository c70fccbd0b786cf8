#include "placement/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::placement {
namespace {

using ::testing::HasSubstr;

TEST(Profile, EveryBuiltInOneCanBeMade) {
  for (const std::string& name : built_in_profiles()) {
    const auto profile = make_profile(*built_in_profile(name));
    ASSERT_TRUE(profile) << name << ": " << profile.error().message;
    EXPECT_EQ(profile->name, name);
    EXPECT_FALSE(profile->scores.empty()) << name;
  }
  EXPECT_FALSE(built_in_profile("unheard-of"));
}

TEST(Profile, KnativesPluginsAndArgumentsAreTaken) {
  const ProfileSpec spec{.name = "knative",
                         .filters = {{"PodFitsResources"},
                                     {"NoMaxResourceCount", 1, {{"NumPartitions", 100}}},
                                     {"EvenPodSpread", 1, {{"MaxSkew", 2}}}},
                         .scores = {{{"AvailabilityZonePriority", 10, {{"MaxSkew", 2}}},
                                     {"AvailabilityNodePriority", 10, {{"MaxSkew", 2}}},
                                     {"EvenPodSpread", 2, {{"MaxSkew", 2}}},
                                     {"LowestOrdinalPriority", 2}}},
                         .removals = {{{"RemoveWithEvenPodSpreadPriority", 10, {{"MaxSkew", 2}}},
                                       {"RemoveWithAvailabilityNodePriority", 10, {{"MaxSkew", 2}}},
                                       {"RemoveWithAvailabilityZonePriority", 10, {{"MaxSkew", 2}}},
                                       {"RemoveWithHighestOrdinalPriority", 2}}}};
  const auto profile = make_profile(spec);
  ASSERT_TRUE(profile) << profile.error().message;
  EXPECT_EQ(profile->filters.size(), 3U);
  EXPECT_EQ(profile->scores[0].size(), 4U);
  EXPECT_EQ(profile->stay_level, std::nullopt);
}

struct ProfileRow {
  const char* sentence;
  PluginSpec spec;
  const char* message;
};

TEST(Profile, WrongPluginsSayWhatIsAllowed) {
  const ProfileRow rows[] = {
      {"a name that there is not", {"PodFits"}, "write one of EvenPodSpread, NoMaxResourceCount"},
      {"a score among the filters", {"LowestOrdinalPriority"}, "there is no filter plugin"},
      {"an argument of another plugin",
       {"EvenPodSpread", 1, {{"NumPartitions", 1}}},
       "takes no argument NumPartitions, only MaxSkew"},
      {"an argument where none is taken", {"PodFitsResources", 1, {{"MaxSkew", 1}}}, "takes no argument MaxSkew"},
      {"an argument of 0", {"EvenPodSpread", 1, {{"MaxSkew", 0}}}, "must be 1 to 1000000"},
      {"a negative weight", {"EvenPodSpread", -1}, "weight -1 of EvenPodSpread: must be 0 to 1000000"},
  };
  for (const ProfileRow& row : rows) {
    const auto made = make_filter(row.spec);
    ASSERT_FALSE(made) << row.sentence;
    EXPECT_THAT(made.error().message, HasSubstr(row.message)) << row.sentence;
  }
}

TEST(Profile, TooManyLevelsAreRefused) {
  ProfileSpec spec{.name = "deep", .filters = {}, .scores = {9, {{"PodSpread"}}}, .removals = {}};
  const auto profile = make_profile(spec);
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().message, HasSubstr("at most 8"));
}

}  // namespace
}  // namespace weir::placement
