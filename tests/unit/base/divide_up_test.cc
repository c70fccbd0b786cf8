#include "base/divide_up.h"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace weir::base {
namespace {

TEST(DivideUp, RoundsUpAndDoesNotOverflow) {
  struct Row {
    const char* sentence;
    std::int64_t a, b, quotient;
  };
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const Row& row : {Row{"nothing needs none", 0, 7, 0}, Row{"a part needs one", 1, 7, 1},
                         Row{"what divides evenly needs no more", 14, 7, 2}, Row{"one beyond needs one more", 15, 7, 3},
                         Row{"the largest number by itself", kMost, kMost, 1},
                         Row{"the largest number by two", kMost, 2, kMost / 2 + 1}})
    EXPECT_EQ(divide_up(row.a, row.b), row.quotient) << row.sentence;
}

}  // namespace
}  // namespace weir::base
