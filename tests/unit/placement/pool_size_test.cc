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
    EXPECT_EQ(pods_needed({{1, row.demand}}, 20, row.weak, row.min_pods, row.max_pods), row.pods) << row.sentence;
}

struct CostSizeRow {
  const char* sentence;
  CountByCost demand;
  std::vector<WeakPod> weak;
  Count pods;
};

TEST(PoolSize, IsTheLeastOnWhichCostsCouldHaveRoom) {
  const CostSizeRow rows[] = {
      {"costs that fill pods", {{5, 8}}, {}, 2},
      {"three of cost 11, of which a pod holds one each", {{11, 3}}, {}, 3},
      {"two of cost 7 a pod", {{7, 5}}, {}, 3},
      {"what is cheap fills up what is left beside those", {{1, 27}, {11, 3}}, {}, 3},
      {"and takes a pod more where it does not", {{1, 28}, {11, 3}}, {}, 4},
      {"two costs of more than half a pod share none", {{11, 2}, {13, 2}}, {}, 4},
      {"a cost of a whole pod", {{20, 3}}, {}, 3},
      {"a cost above the capacity fits nowhere and counts for nothing", {{1, 5}, {21, 9}}, {}, 1},
      {"four of cost 10 and ten of cost 1", {{1, 10}, {10, 4}}, {}, 3},
      {"a cordoned pod with one of cost 11 counts with it", {{11, 3}}, {{0, 11}}, 3},
      {"a cordoned pod with less is made up for", {{11, 3}}, {{0, 10}}, 4},
  };
  for (const CostSizeRow& row : rows)
    EXPECT_EQ(pods_needed(row.demand, 20, row.weak, 0, 50), row.pods) << row.sentence;
}

}  // namespace
}  // namespace weir::placement
