#include "placement/fair_shares.h"

#include <numeric>
#include <random>

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

struct CostSharesRow {
  const char* sentence;
  std::vector<Claim> claims;
  CostRoom room;
  std::vector<Count> shares;
};

TEST(FairShares, CountVirtualReplicasWhateverTheyCost) {
  const CostSharesRow rows[] = {
      {"room for all", {{0, 3, 10}, {0, 5, 1}}, {100, {{1, 100}, {10, 10}}}, {3, 5}},
      {"one of each in turn", {{0, 5, 10}, {0, 5, 5}}, {45, {{5, 9}, {10, 4}}}, {3, 3}},
      {"what is too dear for the rest leaves it to the others",
       {{0, 5, 10}, {0, 9, 1}},
       {15, {{1, 15}, {10, 1}}},
       {1, 5}},
      {"what has no place anywhere leaves all to the others",
       {{0, 5, 10}, {0, 30, 1}},
       {27, {{1, 27}, {10, 0}}},
       {0, 27}},
      {"who has none comes before who has some", {{2, 5, 10}, {0, 5, 10}}, {30, {{10, 3}}}, {1, 2}},
      {"places are shared as room is", {{0, 2, 10}, {0, 2, 9}, {0, 2, 10}}, {60, {{9, 2}, {10, 2}}}, {1, 2, 1}},
  };
  for (const CostSharesRow& row : rows) {
    const std::vector<NamespaceClaims> ns{{.groups = row.claims}};
    EXPECT_EQ(fair_shares_by_cost(ns, row.room).front(), row.shares) << row.sentence;
  }
}

TEST(FairShares, OfCostsGoToNamespacesBeforeGroups) {
  std::vector<NamespaceClaims> namespaces(3);
  namespaces[0].groups.assign(10, {0, 5, 2});
  namespaces[1].groups.assign(1, {0, 50, 3});
  namespaces[2].groups.assign(1, {0, 50, 1});
  namespaces[2].allowance = 4;
  const auto shares = fair_shares_by_cost(namespaces, {54, {{1, 54}, {2, 27}, {3, 18}}});
  EXPECT_EQ(std::accumulate(shares[0].begin(), shares[0].end(), 0), 10);
  EXPECT_THAT(shares[1], ElementsAre(10));
  EXPECT_THAT(shares[2], ElementsAre(4));
}

// Where every cost is 1 both ways to share must come to the same.
TEST(FairShares, OfOneCostAreTheSameBothWays) {
  for (unsigned seed = 0; seed < 2'000; ++seed) {
    std::mt19937 random(seed);
    const auto up_to = [&](int most) { return static_cast<Count>(random() % static_cast<unsigned>(most + 1)); };
    std::vector<NamespaceClaims> namespaces(1 + static_cast<std::size_t>(up_to(4)));
    for (NamespaceClaims& ns : namespaces) {
      ns.groups.resize(1 + static_cast<std::size_t>(up_to(4)));
      for (Claim& claim : ns.groups) {
        claim = {up_to(6), 1 + up_to(8)};
        ns.has += claim.has;
      }
      if (up_to(2) == 0) ns.allowance = up_to(9);
    }
    const Count room = up_to(60);
    EXPECT_EQ(fair_shares_by_cost(namespaces, {room, {{1, room}}}), fair_shares(namespaces, room)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace weir::placement
