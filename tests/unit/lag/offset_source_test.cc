#include "lag/offset_source.h"

#include <gtest/gtest.h>

namespace weir::lag {
namespace {

using Commits = std::vector<std::pair<std::int32_t, Offset>>;

TEST(NoteCommits, FillsWhatWasAskedForAndAddsNothingToIt) {
  const CommittedRequest request{"g", {{"orders", 2}, {"bills", 1}}};
  GroupOffsets answer = nothing_committed(request);
  note_commits(request, "orders", Commits{{1, 7}, {2, 8}, {-1, 8}}, answer);
  note_commits(request, "unasked", Commits{{0, 9}}, answer);
  ASSERT_EQ(answer.size(), 2u);
  EXPECT_EQ(answer[0].topic, "orders");
  ASSERT_EQ(answer[0].partitions.size(), 2u);
  EXPECT_FALSE(answer[0].partitions[0].committed);
  EXPECT_EQ(answer[0].partitions[1].partition, 1);
  EXPECT_EQ(answer[0].partitions[1].committed, 7);
  EXPECT_EQ(answer[1].topic, "bills");
  EXPECT_FALSE(answer[1].partitions.at(0).committed);
}

TEST(NoteCommits, ATopicNamedTwiceIsFilledTwice) {
  const CommittedRequest request{"g", {{"orders", 1}, {"orders", 1}}};
  GroupOffsets answer = nothing_committed(request);
  note_commits(request, "orders", Commits{{0, 7}}, answer);
  EXPECT_EQ(answer.at(0).partitions.at(0).committed, 7);
  EXPECT_EQ(answer.at(1).partitions.at(0).committed, 7);
}

TEST(NoteCommits, WhereAllTopicsAreAskedForKeepsJustThoseWithACommit) {
  const CommittedRequest request{"g", {}};
  GroupOffsets answer = nothing_committed(request);
  EXPECT_TRUE(answer.empty());
  note_commits(request, "orders", Commits{{3, 7}, {1, 5}}, answer);
  note_commits(request, "bills", Commits{}, answer);
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].topic, "orders");
  ASSERT_EQ(answer[0].partitions.size(), 2u);
  EXPECT_EQ(answer[0].partitions[0].partition, 3);
  EXPECT_EQ(answer[0].partitions[1].committed, 5);
}

}  // namespace
}  // namespace weir::lag
