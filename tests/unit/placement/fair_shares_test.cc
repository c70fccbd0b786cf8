#include "placement/fair_shares.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::placement {
namespace {

using ::testing::ElementsAre;

struct SharesRow {
  const char* sentence;
  std::vector<Claim> claims;
  std::int64_t room;
  std::vector<Count> shares;
};

TEST(FairShares, GiveToThoseWithLeastFirst) {
  const SharesRow rows[] = {
      {"room for all", {{0, 3}, {0, 5}}, 100, {3, 5}},
      {"exactly enough", {{0, 3}, {0, 5}}, 8, {3, 5}},
      {"no room", {{0, 3}, {0, 5}}, 0, {0, 0}},
      {"equals get equal shares", {{0, 5}, {0, 5}}, 6, {3, 3}},
      {"the odd one goes to the earlier", {{0, 5}, {0, 5}}, 7, {4, 3}},
      {"one who wants little leaves the rest", {{0, 1}, {0, 10}, {0, 10}}, 11, {1, 5, 5}},
      {"who has none comes before who has some", {{4, 5}, {0, 5}}, 4, {0, 4}},
      {"who has some gets more once the others are level", {{4, 5}, {0, 8}}, 6, {1, 5}},
      {"who has more than the level gets nothing odd", {{9, 5}, {0, 5}, {0, 5}}, 3, {0, 2, 1}},
      {"nobody wants anything", {}, 5, {}},
  };
  for (const SharesRow& row : rows)
    EXPECT_EQ(fair_shares(row.claims, row.room), row.shares) << row.sentence;
}

TEST(FairShares, GoToNamespacesBeforeGroups) {
  // One namespace with ten groups gets no more than one with a single group.
  std::vector<NamespaceClaims> namespaces(2);
  namespaces[0].groups.assign(10, {0, 5});
  namespaces[1].groups.assign(1, {0, 50});
  const auto shares = fair_shares(namespaces, 20);
  EXPECT_THAT(shares[0], ElementsAre(1, 1, 1, 1, 1, 1, 1, 1, 1, 1));
  EXPECT_THAT(shares[1], ElementsAre(10));
}

TEST(FairShares, KeepToTheAllowanceOfANamespace) {
  std::vector<NamespaceClaims> namespaces(2);
  namespaces[0] = {.groups = {{0, 8}, {0, 8}}, .has = 0, .allowance = 3};
  namespaces[1] = {.groups = {{0, 8}}, .has = 2, .allowance = std::nullopt};
  const auto shares = fair_shares(namespaces, 100);
  EXPECT_THAT(shares[0], ElementsAre(2, 1));
  EXPECT_THAT(shares[1], ElementsAre(8));
}

}  // namespace
}  // namespace weir::placement
