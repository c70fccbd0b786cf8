#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "lag/partition_lag.h"

namespace weir::lag {
namespace {

using namespace std::chrono_literals;

// What a refresh sees `at` this time, and what the partition then counts: for activity, and unless it is persistent for
// the metric.
struct Sight {
  std::chrono::seconds at;
  std::optional<Offset> committed;
  Offset end;
  Offset lag;
  LagReason reason;
};

struct Story {
  const char* name;
  OffsetResetPolicy offset_reset;
  std::vector<Sight> sights;
};

class PersistentLag : public testing::TestWithParam<Story> {};

TEST_P(PersistentLag, IsJudgedByTime) {
  const LagPolicy policy{.offset_reset = GetParam().offset_reset, .persistent_after = 60s};
  std::optional<PartitionOffsets> before;
  for (const Sight& sight : GetParam().sights) {
    SCOPED_TRACE("at " + std::to_string(sight.at.count()) + " s");
    const base::SteadyTime now(sight.at + 10h);
    PartitionOffsets partition{.partition = 0,
                               .committed = sight.committed,
                               .log_start = 0,
                               .log_end = sight.end,
                               .high_watermark = {},
                               .progress = {}};
    partition.progress = next_progress(partition, before ? &*before : nullptr, now);
    const PartitionLag lag = partition_lag(partition, policy, now);
    EXPECT_EQ(to_string(lag.reason), to_string(sight.reason));
    EXPECT_EQ(lag.activity_lag, sight.lag);
    EXPECT_EQ(lag.lag, sight.reason == LagReason::kPersistent ? 0 : sight.lag);
    before = partition;
  }
}

constexpr auto kBehind = LagReason::kBehind;
constexpr auto kPersistent = LagReason::kPersistent;
constexpr auto kCaughtUp = LagReason::kCaughtUp;
constexpr auto kLatest = OffsetResetPolicy::kLatest;
constexpr auto kEarliest = OffsetResetPolicy::kEarliest;

INSTANTIATE_TEST_SUITE_P(
    Stories, PersistentLag,
    testing::Values(Story{"a_group_idle_for_an_hour_that_gets_a_backlog_is_not_persistent",
                          kLatest,
                          {{0s, 40, 40, 0, kCaughtUp},
                           {1800s, 40, 40, 0, kCaughtUp},
                           {3600s, 40, 900, 860, kBehind},
                           {3605s, 40, 900, 860, kBehind},
                           {3610s, 95, 900, 805, kBehind}}},
                    Story{"a_stuck_partition_is_after_the_time",
                          kLatest,
                          {{0s, 30, 40, 10, kBehind},
                           {30s, 30, 40, 10, kBehind},
                           {59s, 30, 45, 15, kBehind},
                           {60s, 30, 45, 15, kPersistent},
                           {3600s, 30, 99, 69, kPersistent}}},
                    Story{"the_time_counts_from_the_first_sight_of_lag_not_from_the_last_commit",
                          kLatest,
                          {{0s, 40, 40, 0, kCaughtUp},
                           {100s, 40, 41, 1, kBehind},
                           {159s, 40, 41, 1, kBehind},
                           {160s, 40, 41, 1, kPersistent}}},
                    Story{"a_commit_that_moves_on_is_progress",
                          kLatest,
                          {{0s, 30, 90, 60, kBehind},
                           {59s, 31, 90, 59, kBehind},
                           {60s, 31, 90, 59, kBehind},
                           {118s, 31, 90, 59, kBehind},
                           {119s, 31, 90, 59, kPersistent}}},
                    Story{"a_commit_that_moves_backwards_is_progress",
                          kLatest,
                          {{0s, 30, 40, 10, kBehind}, {60s, 30, 40, 10, kPersistent}, {65s, 5, 40, 35, kBehind}}},
                    Story{"a_commit_every_five_seconds_is_never_persistent_however_long_the_lag_lasts",
                          kLatest,
                          {{0s, 10, 5000, 4990, kBehind},
                           {5s, 11, 5000, 4989, kBehind},
                           {3600s, 12, 5000, 4988, kBehind},
                           {3605s, 13, 5000, 4987, kBehind}}},
                    Story{"catching_up_starts_the_time_anew",
                          kLatest,
                          {{0s, 30, 40, 10, kBehind},
                           {60s, 30, 40, 10, kPersistent},
                           {65s, 40, 40, 0, kCaughtUp},
                           {70s, 40, 50, 10, kBehind},
                           {129s, 40, 50, 10, kBehind},
                           {130s, 40, 50, 10, kPersistent}}},
                    Story{"a_partition_without_a_commit_is_never_persistent",
                          kLatest,
                          {{0s, std::nullopt, 40, 1, LagReason::kNoCommitLatest},
                           {3600s, std::nullopt, 40, 1, LagReason::kNoCommitLatest}}},
                    Story{"the_first_commit_starts_the_time",
                          kEarliest,
                          {{0s, std::nullopt, 40, 40, LagReason::kNoCommitEarliest},
                           {3600s, 10, 40, 30, kBehind},
                           {3659s, 10, 40, 30, kBehind},
                           {3660s, 10, 40, 30, kPersistent}}},
                    Story{"a_commit_that_was_deleted_and_comes_back_starts_the_time_anew",
                          kEarliest,
                          {{0s, 10, 40, 30, kBehind},
                           {60s, 10, 40, 30, kPersistent},
                           {65s, std::nullopt, 40, 40, LagReason::kNoCommitEarliest},
                           {70s, 10, 40, 30, kBehind}}},
                    Story{"a_group_stuck_beyond_the_end_of_a_recreated_topic_is_persistent_with_earliest",
                          kEarliest,
                          {{0s, 100, 40, 40, LagReason::kBeyondEnd}, {60s, 100, 40, 40, kPersistent}}},
                    Story{"beyond_the_end_with_latest_has_no_lag_to_judge",
                          kLatest,
                          {{0s, 100, 40, 0, LagReason::kBeyondEnd}, {600s, 100, 40, 0, LagReason::kBeyondEnd}}},
                    Story{"a_recreated_topic_that_grows_past_the_old_commit_starts_the_time_anew",
                          kLatest,
                          {{0s, 100, 40, 0, LagReason::kBeyondEnd},
                           {600s, 100, 130, 30, kBehind},
                           {659s, 100, 130, 30, kBehind},
                           {660s, 100, 130, 30, kPersistent}}}),
    [](const auto& row) { return row.param.name; });

TEST(PersistentLag, IsNotJudgedUnlessAsked) {
  const PartitionOffsets stuck{.partition = 0,
                               .committed = 30,
                               .log_start = 0,
                               .log_end = 40,
                               .high_watermark = {},
                               .progress = CommitProgress{base::SteadyTime{}, base::SteadyTime{}}};
  EXPECT_EQ(partition_lag(stuck, LagPolicy{}, base::SteadyTime{} + 24h), (PartitionLag{10, 10, kBehind}));
}

TEST(PersistentLag, ACommitBeforeTheLogStartIsJudgedToo) {
  const PartitionOffsets stuck{.partition = 0,
                               .committed = 5,
                               .log_start = 30,
                               .log_end = 40,
                               .high_watermark = {},
                               .progress = CommitProgress{base::SteadyTime{}, base::SteadyTime{}}};
  const LagPolicy policy{.persistent_after = 60s};
  EXPECT_EQ(partition_lag(stuck, policy, base::SteadyTime{} + 59s), (PartitionLag{10, 10, LagReason::kBeforeLogStart}));
  EXPECT_EQ(partition_lag(stuck, policy, base::SteadyTime{} + 60s), (PartitionLag{0, 10, kPersistent}));
}

}  // namespace
}  // namespace weir::lag
