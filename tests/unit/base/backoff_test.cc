#include "base/backoff.h"

#include <chrono>
#include <vector>

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using namespace std::chrono_literals;
using Waits = std::vector<std::chrono::milliseconds>;

Waits waits(Backoff backoff, int count, double random) {
  Waits out;
  for (int i = 0; i < count; ++i)
    out.push_back(backoff.next(random));
  return out;
}

TEST(Backoff, DoublesUpToItsLimit) {
  EXPECT_EQ(waits(Backoff(100ms, 1s), 6, 0), (Waits{100ms, 200ms, 400ms, 800ms, 1s, 1s}));
}

TEST(Backoff, RandomnessTakesAwayAtMostAQuarter) {
  EXPECT_EQ(waits(Backoff(100ms, 1s), 2, 0.5), (Waits{88ms, 175ms}));
  EXPECT_EQ(Backoff(100ms, 1s).next(0.999'999), 76ms);
}

TEST(Backoff, TheLimitHoldsFromTheFirstFailure) {
  EXPECT_EQ(Backoff(5s, 1s).next(0), 1s);
}

TEST(Backoff, StaysAtItsLimitHoweverManyFailuresAndHoweverLongTheFirstWait) {
  EXPECT_EQ(waits(Backoff(1ms, 1min), 200, 0).back(), 1min);
  EXPECT_EQ(waits(Backoff(24h * 365 * 100, 24h * 365 * 200), 100, 0).back(), 24h * 365 * 200);
}

TEST(Backoff, StartsAnewAfterAReset) {
  Backoff backoff(100ms, 1s);
  backoff.next(0);
  backoff.next(0);
  EXPECT_EQ(backoff.failures(), 2);
  backoff.reset();
  EXPECT_EQ(backoff.failures(), 0);
  EXPECT_EQ(backoff.next(0), 100ms);
}

}  // namespace
}  // namespace weir::base
