#include "lag/partition_lag.h"

#include <optional>
#include <set>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::lag {
namespace {

constexpr LagPolicy kLatest{};
constexpr LagPolicy kEarliest{.offset_reset = OffsetResetPolicy::kEarliest};
constexpr LagPolicy kLatestToZero{.scale_to_zero_on_invalid_offset = true};
constexpr LagPolicy kEarliestToZero{.offset_reset = OffsetResetPolicy::kEarliest,
                                    .scale_to_zero_on_invalid_offset = true};
constexpr std::optional<Offset> kNone;

// The offsets in the order a partition is drawn: log start, commit, end, high watermark.
struct Row {
  const char* name;
  LagPolicy policy;
  std::optional<Offset> start, committed;
  Offset end;
  std::optional<Offset> high_watermark;
  Offset lag;
  LagReason reason;
};

class PartitionLagOf : public testing::TestWithParam<Row> {};

TEST_P(PartitionLagOf, CountsWithItsReason) {
  const Row& row = GetParam();
  const PartitionOffsets partition{.partition = 3,
                                   .committed = row.committed,
                                   .log_start = row.start,
                                   .log_end = row.end,
                                   .high_watermark = row.high_watermark,
                                   .progress = {}};
  const PartitionLag lag = partition_lag(partition, row.policy, base::SteadyTime{});
  EXPECT_EQ(lag.lag, row.lag);
  EXPECT_EQ(lag.activity_lag, row.lag);
  EXPECT_EQ(to_string(lag.reason), to_string(row.reason));
}

const auto kName = [](const auto& row) { return row.param.name; };

// What KEDA's kafka trigger answers for the same offsets.
INSTANTIATE_TEST_SUITE_P(
    AsKeda, PartitionLagOf,
    testing::Values(
        Row{"no_commit_with_latest_is_one", kLatest, 0, kNone, 40, kNone, 1, LagReason::kNoCommitLatest},
        Row{"no_commit_with_latest_is_one_on_an_empty_log", kLatest, 0, kNone, 0, kNone, 1, LagReason::kNoCommitLatest},
        Row{"no_commit_with_latest_scaled_to_zero", kLatestToZero, 0, kNone, 40, kNone, 0, LagReason::kNoCommitIgnored},
        Row{"no_commit_with_earliest_scaled_to_zero", kEarliestToZero, 0, kNone, 40, kNone, 0,
            LagReason::kNoCommitIgnored},
        Row{"no_commit_with_earliest_is_the_log", kEarliest, 0, kNone, 40, kNone, 40, LagReason::kNoCommitEarliest},
        Row{"no_commit_with_earliest_counts_retained_records_only", kEarliest, 15, kNone, 40, kNone, 25,
            LagReason::kNoCommitEarliest},
        Row{"no_commit_with_earliest_and_unknown_start_is_the_end", kEarliest, kNone, kNone, 40, kNone, 40,
            LagReason::kNoCommitEarliest},
        Row{"no_commit_with_earliest_is_never_negative", kEarliest, 50, kNone, 40, kNone, 0,
            LagReason::kNoCommitEarliest},
        Row{"no_commit_with_earliest_on_a_log_emptied_by_retention", kEarliest, 40, kNone, 40, kNone, 0,
            LagReason::kNoCommitEarliest},
        Row{"a_commit_short_of_the_end_is_behind", kLatest, 0, 30, 40, kNone, 10, LagReason::kBehind},
        Row{"the_policy_does_not_matter_to_a_commit", kEarliest, 0, 30, 40, kNone, 10, LagReason::kBehind},
        Row{"nor_does_scaling_to_zero", kLatestToZero, 0, 30, 40, kNone, 10, LagReason::kBehind},
        Row{"a_commit_of_zero_is_a_commit", kLatestToZero, 0, 0, 40, kNone, 40, LagReason::kBehind},
        Row{"a_commit_at_the_end_is_caught_up", kLatest, 0, 40, 40, kNone, 0, LagReason::kCaughtUp},
        Row{"a_commit_at_zero_of_an_empty_log_is_caught_up", kEarliest, 0, 0, 0, kNone, 0, LagReason::kCaughtUp}),
    kName);

// Where KEDA counts deleted records, or lets a negative lag cancel that of another partition.
INSTANTIATE_TEST_SUITE_P(UnlikeKeda, PartitionLagOf,
                         testing::Values(Row{"a_commit_before_the_log_start_counts_from_the_start", kLatest, 35, 30, 40,
                                             kNone, 5, LagReason::kBeforeLogStart},
                                         Row{"a_commit_before_the_start_of_an_emptied_log_has_nothing_to_read", kLatest,
                                             40, 30, 40, kNone, 0, LagReason::kBeforeLogStart},
                                         Row{"a_commit_at_the_log_start_is_behind", kLatest, 30, 30, 40, kNone, 10,
                                             LagReason::kBehind},
                                         Row{"a_commit_beyond_the_end_counts_nothing_with_latest", kLatest, 0, 100, 40,
                                             kNone, 0, LagReason::kBeyondEnd},
                                         Row{"a_commit_beyond_the_end_counts_the_log_with_earliest", kEarliest, 10, 100,
                                             40, kNone, 30, LagReason::kBeyondEnd},
                                         Row{"a_commit_beyond_the_end_is_a_commit_whatever_invalid_offsets_do",
                                             kEarliestToZero, 10, 100, 40, kNone, 30, LagReason::kBeyondEnd},
                                         Row{"a_commit_beyond_an_empty_log_counts_nothing", kEarliest, 0, 100, 0, kNone,
                                             0, LagReason::kBeyondEnd}),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    ReadCommitted, PartitionLagOf,
    testing::Values(Row{"a_commit_before_an_open_transaction_has_nothing_to_read", kLatest, 0, 40, 40, 55, 0,
                        LagReason::kLastStableOffset},
                    Row{"records_before_the_transaction_count", kLatest, 0, 30, 40, 55, 10, LagReason::kBehind},
                    Row{"without_a_transaction_the_end_is_the_end", kLatest, 0, 40, 40, 40, 0, LagReason::kCaughtUp},
                    Row{"a_commit_inside_the_transaction_is_not_beyond_the_end", kEarliest, 0, 50, 40, 55, 0,
                        LagReason::kLastStableOffset},
                    Row{"a_commit_at_the_high_watermark_is_not_beyond_the_end", kEarliest, 0, 55, 40, 55, 0,
                        LagReason::kLastStableOffset},
                    Row{"a_commit_beyond_the_high_watermark_is", kEarliest, 0, 56, 40, 55, 40, LagReason::kBeyondEnd},
                    Row{"a_commit_beyond_both_when_they_are_one", kLatest, 0, 56, 40, 40, 0, LagReason::kBeyondEnd},
                    Row{"a_group_without_a_commit_waits_for_the_transaction_too", kEarliest, 0, kNone, 40, 55, 40,
                        LagReason::kNoCommitEarliest}),
    kName);

TEST(LagReason, EachHasItsOwnSnakeCaseName) {
  std::set<std::string_view> names;
  for (const LagReason reason : {LagReason::kCaughtUp, LagReason::kBehind, LagReason::kNoCommitLatest,
                                 LagReason::kNoCommitEarliest, LagReason::kNoCommitIgnored, LagReason::kBeforeLogStart,
                                 LagReason::kBeyondEnd, LagReason::kPersistent, LagReason::kLastStableOffset}) {
    const std::string_view name = to_string(reason);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << name;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_TRUE(names.contains("beyond_end"));
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(NeedsLogStart, OnlyACommitAtTheEndDoesWithoutIt) {
  const auto needs = [](std::optional<Offset> committed) {
    return needs_log_start(
        {.partition = 0, .committed = committed, .log_start = {}, .log_end = 40, .high_watermark = {}, .progress = {}});
  };
  EXPECT_FALSE(needs(40));
  EXPECT_TRUE(needs(39));
  EXPECT_TRUE(needs(41));
  EXPECT_TRUE(needs(kNone));
}

}  // namespace
}  // namespace weir::lag
