#include "placement/pool_size.h"

#include <gtest/gtest.h>

namespace weir::placement {
namespace {

struct SizeRow {
  const char* sentence;
  std::int64_t demand;
  std::vector<WeakPod> weak;
  Count min_pods, max_pods;
  Count pods;
};

TEST(PoolSize, CountsOnlyCapacityThatCanBeCountedOn) {
  const SizeRow rows[] = {
      {"nothing wanted", 0, {}, 0, 50, 0},
      {"nothing wanted, a minimum", 0, {}, 3, 50, 3},
      {"one virtual replica", 1, {}, 0, 50, 1},
      {"a pod filled exactly", 20, {}, 0, 50, 1},
      {"60 at capacity 20", 60, {}, 0, 50, 3},
      {"one more", 61, {}, 0, 50, 4},
      {"no more than the maximum", 1000, {}, 0, 5, 5},
      {"a cordoned pod that holds none is made up for", 60, {{1, 0}}, 0, 50, 4},
      {"a cordoned pod that holds some counts with those", 60, {{1, 20}}, 0, 50, 3},
      {"a weak pod behind the others is of no matter", 60, {{7, 0}}, 0, 50, 3},
      {"a weak pod that making up reaches is made up for too", 60, {{1, 0}, {3, 0}}, 0, 50, 5},
      {"a pod above capacity makes up for nothing", 60, {{0, 30}}, 0, 50, 3},
      {"more than 2^31 wanted", std::int64_t{1} << 40, {}, 0, 50, 50},
  };
  for (const SizeRow& row : rows)
    EXPECT_EQ(pods_needed(row.demand, 20, row.weak, row.min_pods, row.max_pods), row.pods) << row.sentence;
}

}  // namespace
}  // namespace weir::placement
