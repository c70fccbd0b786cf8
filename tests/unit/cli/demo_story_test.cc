#include "cli/demo_story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

TEST(DemoLoad, IdlesSurgesAndDrainsOverAndOver) {
  const DemoLoad load{
      .idle = milliseconds(1000), .surge = milliseconds(2000), .drain = milliseconds(3000), .surge_per_second = 10};
  EXPECT_EQ(load.phase_at(milliseconds(999)), DemoPhase::kIdle);
  EXPECT_EQ(load.phase_at(milliseconds(1000)), DemoPhase::kSurge);
  EXPECT_EQ(load.phase_at(milliseconds(3000)), DemoPhase::kDrain);
  EXPECT_EQ(load.phase_at(milliseconds(6000)), DemoPhase::kIdle);
  EXPECT_EQ(load.produced_at(milliseconds(1000)), 0);
  EXPECT_EQ(load.produced_at(milliseconds(2000)), 10);
  EXPECT_EQ(load.produced_at(milliseconds(5000)), 20);
  EXPECT_EQ(load.produced_at(milliseconds(8000)), 30);
}

TEST(DemoStages, AreCompleteOnceSeenInTheirOrder) {
  DemoStages stages;
  stages.observe(milliseconds(0), 0, false);
  stages.observe(milliseconds(4000), 1, true);
  stages.observe(milliseconds(6000), 7, true);
  EXPECT_FALSE(stages.complete());
  EXPECT_THAT(stages.lines()[2], HasSubstr("at most 7"));
  EXPECT_THAT(stages.lines()[3], HasSubstr("not seen"));
  stages.observe(milliseconds(18'000), 0, false);
  EXPECT_TRUE(stages.complete());
  EXPECT_THAT(stages.lines()[3], HasSubstr("18.0 s"));
}

TEST(DemoStages, ReplicasThatNeverIdledDoNotCount) {
  DemoStages stages;
  stages.observe(milliseconds(0), 3, true);
  stages.observe(milliseconds(1000), 0, false);
  EXPECT_FALSE(stages.complete());
}

}  // namespace
}  // namespace weir::cli
