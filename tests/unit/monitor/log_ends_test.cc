#include "monitor/log_ends.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;

class LogEndsTest : public ::testing::Test {
 protected:
  std::vector<lag::LogEnd> idle(std::chrono::milliseconds idle_for = 5s) const {
    std::vector<lag::LogEnd> found;
    ends_.add_idle("orders", idle_for, clock_.now(), found);
    return found;
  }

  testing::FakeClock clock_;
  LogEnds ends_;
};

TEST_F(LogEndsTest, APartitionIsIdleOnceItsEndHasStoodStillForLongEnough) {
  ends_.observe("orders", 1, 42, clock_.now());
  clock_.advance(4999ms);
  ends_.observe("orders", 1, 42, clock_.now());
  EXPECT_EQ(idle(), std::vector<lag::LogEnd>());
  clock_.advance(1ms);
  EXPECT_EQ(idle(), (std::vector<lag::LogEnd>{{"orders", 1, 42}}));
}

TEST_F(LogEndsTest, AMoveInEitherDirectionStartsTheTimeAnew) {
  for (const lag::Offset end : {43, 41}) {
    ends_.observe("orders", 0, 42, clock_.now());
    clock_.advance(10s);
    ends_.observe("orders", 0, end, clock_.now());
    EXPECT_EQ(idle(), std::vector<lag::LogEnd>()) << end;
    clock_.advance(5s);
    EXPECT_EQ(idle(), (std::vector<lag::LogEnd>{{"orders", 0, end}}));
  }
}

TEST_F(LogEndsTest, ForgettingOnePartitionLeavesTheOthers) {
  ends_.observe("orders", 0, 1, clock_.now());
  ends_.observe("orders", 2, 3, clock_.now());
  ends_.forget("orders", 0);
  ends_.forget("orders", 7);
  ends_.forget("other", 0);
  clock_.advance(5s);
  EXPECT_EQ(idle(), (std::vector<lag::LogEnd>{{"orders", 2, 3}}));
}

TEST_F(LogEndsTest, WhatIsNotSeenForLongIsForgotten) {
  ends_.observe("orders", 0, 1, clock_.now());
  clock_.advance(59s);
  ends_.prune(60s, clock_.now());
  EXPECT_EQ(idle().size(), 1u);
  clock_.advance(1s);
  ends_.prune(60s, clock_.now());
  EXPECT_EQ(idle().size(), 0u);
}

TEST_F(LogEndsTest, TheVersionOfATopicGrowsWithEachMoveAndNothingElse) {
  EXPECT_EQ(ends_.version("orders"), 0u);
  ends_.observe("orders", 0, 42, clock_.now());
  const auto first = ends_.version("orders");
  EXPECT_GT(first, 0u);
  clock_.advance(5s);
  ends_.observe("orders", 0, 42, clock_.now());
  EXPECT_EQ(ends_.version("orders"), first);
  ends_.observe("bills", 0, 1, clock_.now());
  EXPECT_EQ(ends_.version("orders"), first);
  EXPECT_GT(ends_.version("bills"), first) << "larger than that of any topic before";
  for (const lag::Offset end : {43, 41}) {
    const auto before = ends_.version("bills");
    ends_.observe("bills", 0, end, clock_.now());
    EXPECT_GT(ends_.version("bills"), before);
  }
  ends_.forget("orders", 0);
  EXPECT_GT(ends_.version("orders"), ends_.version("bills"));
}

}  // namespace
}  // namespace weir::monitor
