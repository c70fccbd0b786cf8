#include "base/secret.h"

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(Secret, IsNeverPrinted) {
  const Secret secret("hunter2");
  EXPECT_EQ(fmt::format("{}", secret), "***");
  EXPECT_EQ(fmt::format("{:>6}", secret), "   ***");
  EXPECT_EQ(fmt::format("{}", Secret()), "***");
}

TEST(Secret, GivesItsValueToWhoAsks) {
  EXPECT_EQ(Secret("hunter2").reveal(), "hunter2");
}

TEST(Secret, ComparesLikeItsValue) {
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_NE(Secret("a"), Secret("b"));
  EXPECT_LT(Secret("a"), Secret("b"));
  EXPECT_TRUE(Secret().empty());
  EXPECT_FALSE(Secret("a").empty());
}

}  // namespace
}  // namespace weir::base
