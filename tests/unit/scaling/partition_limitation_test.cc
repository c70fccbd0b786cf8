#include "scaling/partition_limitation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

using Ranges = std::vector<PartitionRange>;

TEST(PartitionLimitation, ReadsWhatKedaReads) {
  const struct {
    const char* what;
    const char* text;
    Ranges ranges;
  } rows[] = {
      {"one partition", "3", {{3, 3}}},
      {"a range", "1-4", {{1, 4}}},
      {"ranges and partitions with spaces", " 1 - 4 , 8,10-12 ", {{1, 4}, {8, 8}, {10, 12}}},
      {"any order", "8,0-1", {{0, 1}, {8, 8}}},
      {"overlapping and adjacent parts become one", "0-3,2-5,6", {{0, 6}}},
      {"a range that ends before it starts holds none", "5-3", {}},
      {"such a range beside others", "5-3,1", {{1, 1}}},
      {"leading zeros and plus signs, as Go allows", "007,+9-+10", {{7, 7}, {9, 10}}},
      {"every partition there can be", "0-2147483647", {{0, 2147483647}}},
      {"the largest beside a range up to it", "0-2147483647,2147483647", {{0, 2147483647}}},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_partition_limitation(row.text);
    ASSERT_TRUE(parsed.has_value()) << row.what << ": " << parsed.error();
    EXPECT_EQ(*parsed, row.ranges) << row.what;
  }
}

TEST(PartitionLimitation, RefusesWhatKedaRefusesAndNamesThePart) {
  const struct {
    const char* what;
    const char* text;
    const char* part;
  } rows[] = {
      {"a word", "1,two", "\"two\""},
      {"three ends", "1-2-3", "\"1-2-3\""},
      {"an open start", "-3", "\"-3\""},
      {"an open end", "3-", "\"3-\""},
      {"a word as an end", "a-3", "\"a-3\""},
      {"an empty part", "1,,2", "\"\""},
      {"a last comma", "1,", "\"\""},
      {"a fraction", "1.5", "\"1.5\""},
      {"hexadecimal", "0x1", "\"0x1\""},
      {"more than 32 bits", "2147483648", "\"2147483648\""},
      {"an end of more than 32 bits", "0-2147483648", "\"0-2147483648\""},
      {"two signs", "++1", "\"++1\""},
      {"a space inside", "1 2", "\"1 2\""},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_partition_limitation(row.text);
    ASSERT_FALSE(parsed.has_value()) << row.what;
    EXPECT_THAT(parsed.error(), testing::StartsWith(row.part)) << row.what;
  }
}

TEST(PartitionLimitation, FindsPartitionsInRanges) {
  const Ranges ranges{{1, 4}, {8, 8}};
  std::vector<std::int32_t> found;
  for (std::int32_t partition = 0; partition < 10; ++partition) {
    if (contains(ranges, partition)) found.push_back(partition);
  }
  EXPECT_THAT(found, testing::ElementsAre(1, 2, 3, 4, 8));
  EXPECT_FALSE(contains({}, 0));
}

}  // namespace
}  // namespace weir::scaling
