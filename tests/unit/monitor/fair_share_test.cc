#include "monitor/fair_share.h"

#include <gtest/gtest.h>

namespace weir::monitor {
namespace {

struct Row {
  const char* name;
  Shares wanted;
  std::size_t most;
  Shares expected;
};

class FairShare : public ::testing::TestWithParam<Row> {};

TEST_P(FairShare, Divides) {
  EXPECT_EQ(fair_shares(GetParam().wanted, GetParam().most), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Table, FairShare,
    ::testing::Values(
        Row{"what fits is given as wanted", {{"a", 3}, {"b", 7}}, 10, {{"a", 3}, {"b", 7}}},
        Row{"who wants little gets it", {{"a", 5000}, {"b", 10}}, 250, {{"a", 240}, {"b", 10}}},
        Row{"equal wants get equal shares", {{"a", 90}, {"b", 90}, {"c", 90}}, 30, {{"a", 10}, {"b", 10}, {"c", 10}}},
        Row{"what one leaves the others get", {{"a", 100}, {"b", 2}, {"c", 100}}, 22, {{"a", 10}, {"b", 2}, {"c", 10}}},
        Row{"the remainder goes to the first", {{"a", 9}, {"b", 9}}, 3, {{"a", 2}, {"b", 1}}},
        Row{"nothing is shared by nobody", {}, 5, {}}),
    [](const auto& row) {
      std::string name = row.param.name;
      for (char& c : name)
        if (c == ' ') c = '_';
      return name;
    });

}  // namespace
}  // namespace weir::monitor
