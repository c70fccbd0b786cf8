#include "monitor/refresh.h"

#include <functional>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_offset_source.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;
using testing::FakeOffsetSource;

class RefreshTest : public ::testing::Test {
 protected:
  RefreshTest() {
    source_.topic("orders", {{0, 100, 100}, {40, 50, 50}});
    source_.topic("bills", {{0, 7, 7}});
  }

  struct Item {
    std::string group;
    std::vector<std::string> topics;
    SnapshotPtr before;
    bool may_stand = true;
  };
  std::vector<base::Result<SnapshotPtr>> run(const std::vector<Item>& items, std::chrono::milliseconds within = 5s) {
    return run(source_, items, within);
  }
  std::vector<base::Result<SnapshotPtr>> run(FakeOffsetSource& source, const std::vector<Item>& asked,
                                             std::chrono::milliseconds within = 5s) {
    std::vector<SubscriptionKey> keys;
    for (const Item& item : asked)
      keys.push_back({nullptr, item.group, item.topics});
    std::vector<RefreshItem> items;
    for (std::size_t i = 0; i < asked.size(); ++i)
      items.push_back({&keys[i], asked[i].before, asked[i].may_stand});
    return refresh(source, items, starts_, ends_, clock_, std::chrono::steady_clock::now() + within);
  }
  const lag::PartitionOffsets& partition(const base::Result<SnapshotPtr>& result, std::size_t topic,
                                         std::size_t number) {
    return result.value()->offsets->at(topic).partitions.at(number);
  }

  testing::FakeClock clock_;
  FakeOffsetSource source_;
  LogStarts starts_;
  LogEnds ends_;
};

TEST_F(RefreshTest, JoinsCommittedAndLogOffsetsInTheOrderOfTheTopicsNamed) {
  source_.commit("g", "orders", 1, 45);
  const auto results = run({{"g", {"orders", "bills"}, nullptr}});
  const auto& offsets = *results.at(0).value()->offsets;
  ASSERT_EQ(offsets.size(), 2u);
  EXPECT_EQ(offsets[0].topic, "orders");
  EXPECT_EQ(offsets[1].topic, "bills");
  EXPECT_FALSE(partition(results[0], 0, 0).committed);
  EXPECT_EQ(partition(results[0], 0, 0).log_end, 100);
  EXPECT_EQ(partition(results[0], 0, 0).log_start, 0);
  EXPECT_EQ(partition(results[0], 0, 1).committed, 45);
  EXPECT_EQ(partition(results[0], 0, 1).log_start, 40);
  EXPECT_EQ(results[0].value()->taken, clock_.now());
}

TEST_F(RefreshTest, AsksEachPartitionOnceForAllGroupsInOneCall) {
  std::vector<Item> items;
  for (int i = 0; i < 100; ++i)
    items.push_back({"g" + std::to_string(i), {"orders"}, nullptr});
  run(items);
  const auto counts = source_.counts();
  EXPECT_EQ(counts.partition_counts, 1);
  EXPECT_EQ(counts.committed, 1);
  EXPECT_EQ(counts.groups, 100);
  EXPECT_EQ(counts.log_offsets, 2) << "ends and starts";
  EXPECT_EQ(counts.partitions, 4);
}

TEST_F(RefreshTest, AsksNoLogStartOfAGroupThatIsCaughtUp) {
  source_.commit("g", "bills", 0, 7);
  run({{"g", {"bills"}, nullptr}});
  EXPECT_EQ(source_.counts().log_starts, 0);
}

TEST_F(RefreshTest, KeepsLogStartsForThirtySeconds) {
  run({{"g", {"orders"}, nullptr}});
  clock_.advance(30s);
  run({{"g", {"orders"}, nullptr}});
  EXPECT_EQ(source_.counts().log_starts, 1);
  clock_.advance(1s);
  run({{"g", {"orders"}, nullptr}});
  EXPECT_EQ(source_.counts().log_starts, 2);
}

TEST_F(RefreshTest, ATopicThatWasMadeAnewIsNotTakenToStartWhereTheOldOneDid) {
  source_.topic("trimmed", {{15, 20, 20}});
  source_.commit("g", "trimmed", 0, 18);
  ASSERT_EQ(partition(run({{"g", {"trimmed"}, nullptr}})[0], 0, 0).log_start, 15);
  source_.topic("trimmed", {{0, 8, 8}});
  EXPECT_EQ(partition(run({{"g", {"trimmed"}, nullptr}})[0], 0, 0).log_start, 0) << "it ends before the old start";
  source_.topic("trimmed", {{7, 30, 30}});
  EXPECT_EQ(partition(run({{"g", {"trimmed"}, nullptr}})[0], 0, 0).log_start, 0) << "as far as can be told, it grew";
  source_.topic("trimmed", {{0, 25, 25}});
  EXPECT_EQ(partition(run({{"g", {"trimmed"}, nullptr}})[0], 0, 0).log_start, 0) << "it ends earlier than it did";
}

TEST_F(RefreshTest, ATopicThatWasMissingInBetweenStartsAfresh) {
  source_.topic("gone", {{15, 20, 20}});
  source_.commit("g", "gone", 0, 18);
  ASSERT_EQ(partition(run({{"g", {"gone"}, nullptr}})[0], 0, 0).log_start, 15);
  source_.fail_topic("gone", base::Error{ErrorCode::kNotFound, "no topic"});
  EXPECT_FALSE(run({{"g", {"gone"}, nullptr}})[0].has_value());
  source_.fail_topic("gone", std::nullopt);
  source_.topic("gone", {{0, 40, 40}});
  EXPECT_EQ(partition(run({{"g", {"gone"}, nullptr}})[0], 0, 0).log_start, 0);
}

TEST_F(RefreshTest, AllTopicsModeCountsEveryPartitionOfTheTopicsWithACommit) {
  source_.commit("g", "orders", 1, 50);
  const auto results = run({{"g", {}, nullptr}, {"nobody", {}, nullptr}});
  const auto& offsets = *results[0].value()->offsets;
  ASSERT_EQ(offsets.size(), 1u);
  EXPECT_EQ(offsets[0].partitions.size(), 2u);
  EXPECT_TRUE(results[1].value()->offsets->empty()) << "no commit, nothing to count";
}

TEST_F(RefreshTest, WhatFailsFailsAlone) {
  source_.fail_group("denied", base::Error{ErrorCode::kPermissionDenied, "group denied"});
  source_.commit("ok", "bills", 0, 3);
  source_.commit("all", "bills", 0, 3);
  source_.fail_topic("secret", base::Error{ErrorCode::kPermissionDenied, "topic denied"});
  const auto results = run({{"denied", {"bills"}, nullptr},
                            {"ok", {"bills"}, nullptr},
                            {"ok", {"bills", "missing"}, nullptr},
                            {"ok", {"secret"}, nullptr},
                            {"all", {}, nullptr}});
  EXPECT_EQ(results[0].error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(partition(results[1], 0, 0).committed, 3);
  EXPECT_EQ(results[2].error().code, ErrorCode::kNotFound);
  EXPECT_EQ(results[3].error().message, "topic denied");
  EXPECT_TRUE(results[4].has_value());
}

TEST_F(RefreshTest, WhatHangsLeavesTimeForTheLogEndsOfTheRest) {
  source_.hang_group("held");
  source_.commit("held", "bills", 0, 3);
  source_.commit("ok", "orders", 0, 3);
  const auto results = run({{"held", {"bills"}, nullptr}, {"ok", {"orders"}, nullptr}}, 400ms);
  EXPECT_EQ(results[0].error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(results[1].has_value()) << results[1].error().message;
  EXPECT_EQ(partition(results[1], 0, 0).log_end, 100);
}

TEST_F(RefreshTest, AnErrorIsNeverAnOffset) {
  source_.fail(base::Error{ErrorCode::kUnavailable, "away"});
  const auto results = run({{"g", {"orders"}, nullptr}, {"g", {}, nullptr}});
  for (const auto& result : results)
    EXPECT_EQ(result.error().code, ErrorCode::kUnavailable);
}

TEST_F(RefreshTest, ReadCommittedKnowsWhatStandsBehindTheLastStableOffset) {
  FakeOffsetSource source("rc", true);
  source.topic("orders", {{0, 90, 100}});
  source.commit("g", "orders", 0, 90);
  const auto results = run(source, {{"g", {"orders"}, nullptr}});
  EXPECT_EQ(partition(results[0], 0, 0).log_end, 90);
  EXPECT_EQ(partition(results[0], 0, 0).high_watermark, 100);
}

TEST_F(RefreshTest, ProgressGoesOnFromTheSnapshotBefore) {
  source_.commit("g", "bills", 0, 3);
  const auto first = run({{"g", {"bills"}, nullptr}})[0].value();
  const auto begin = clock_.now();
  clock_.advance(10s);
  const auto second = run({{"g", {"bills"}, first}})[0].value();
  EXPECT_EQ(second->offsets->at(0).partitions[0].progress, (lag::CommitProgress{begin, begin}));
  source_.commit("g", "bills", 0, 4);
  const auto third = run({{"g", {"bills"}, second}})[0].value();
  EXPECT_EQ(third->offsets->at(0).partitions[0].progress, (lag::CommitProgress{clock_.now(), begin}));
}

TEST_F(RefreshTest, PartitionsAddedToATopicStartAfresh) {
  source_.commit("g", "bills", 0, 3);
  const auto first = run({{"g", {"bills"}, nullptr}})[0].value();
  source_.topic("bills", {{0, 7, 7}, {0, 5, 5}});
  source_.commit("g", "bills", 1, 1);
  clock_.advance(10s);
  const auto second = run({{"g", {"bills"}, first}})[0].value();
  ASSERT_EQ(second->offsets->at(0).partitions.size(), 2u);
  EXPECT_EQ(second->offsets->at(0).partitions[1].progress->commit_since, clock_.now());
}

TEST_F(RefreshTest, WhereNothingHasMovedTheOffsetsOfTheSnapshotBeforeStand) {
  source_.commit("g", "orders", 0, 100);
  source_.commit("g", "orders", 1, 45);
  const auto first = run({{"g", {"orders", "bills"}, nullptr}})[0].value();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(7s);
    const auto next = run({{"g", {"orders", "bills"}, first}})[0].value();
    EXPECT_EQ(next->offsets, first->offsets) << "the same object";
    EXPECT_EQ(next->taken, clock_.now());
  }
  EXPECT_EQ(source_.counts().unchanged, 10);
  EXPECT_EQ(source_.counts().log_starts, 3) << "at first, and when they were older than 30 s";
}

TEST_F(RefreshTest, WhoToldOfAGroupLastIsAskedFirstWhateverHasMoved) {
  source_.commit("g", "orders", 1, 45);
  source_.told_by(1);
  auto last = run({{"g", {"orders"}, nullptr}})[0].value();
  const auto next = [&](std::int32_t broker) {
    source_.told_by(broker);
    last = run({{"g", {"orders"}, last}})[0].value();
    return source_.asked_of();
  };
  EXPECT_EQ(next(2), 1);
  EXPECT_EQ(next(2), 2) << "nothing had moved but the coordinator";
  source_.end("orders", 1, 60);
  EXPECT_EQ(next(3), 2);
  EXPECT_EQ(next(3), 3) << "the log end had moved";
  source_.commit("g", "orders", 1, 46);
  EXPECT_EQ(next(1), 3);
  EXPECT_EQ(next(1), 1) << "the commit had moved";
}

TEST_F(RefreshTest, ASnapshotThatAnotherMadeDoesNotStand) {
  source_.commit("g", "orders", 1, 45);
  const auto first = run({{"g", {"orders"}, nullptr}})[0].value();
  starts_ = {};
  ends_ = {};
  source_.end("orders", 1, 60);
  EXPECT_EQ(partition(run({{"g", {"orders"}, first, false}})[0], 0, 1).log_end, 60);
}

TEST_F(RefreshTest, WhatHasMovedIsSeenThoughTheRestStands) {
  struct Row {
    const char* what;
    std::function<void(FakeOffsetSource&)> move;
    std::function<void(const lag::PartitionOffsets&)> expect;
  };
  const Row rows[] = {
      {"the commit", [](auto& source) { source.commit("g", "orders", 1, 46); },
       [](const auto& partition) { EXPECT_EQ(partition.committed, 46); }},
      {"the log end", [](auto& source) { source.end("orders", 1, 60); },
       [](const auto& partition) { EXPECT_EQ(partition.log_end, 60); }},
      {"the log end, to where the group is", [](auto& source) { source.end("orders", 1, 45); },
       [](const auto& partition) {
         EXPECT_EQ(partition.log_end, 45);
         EXPECT_FALSE(partition.log_start);
         EXPECT_FALSE(partition.progress->behind_since);
       }},
      {"the log start", [](auto& source) { source.topic("orders", {{0, 100, 100}, {48, 50, 50}}); },
       [](const auto& partition) { EXPECT_EQ(partition.log_start, 48); }},
  };
  for (const Row& row : rows) {
    source_.topic("orders", {{0, 100, 100}, {40, 50, 50}});
    source_.commit("g", "orders", 1, 45);
    const auto first = run({{"g", {"bills", "orders"}, nullptr}})[0].value();
    row.move(source_);
    clock_.advance(31s);
    const auto second = run({{"g", {"bills", "orders"}, first}})[0];
    SCOPED_TRACE(row.what);
    row.expect(partition(second, 1, 1));
    EXPECT_EQ(partition(second, 0, 0).log_end, 7);
  }
}

TEST_F(RefreshTest, AnErrorIsNotHiddenByASnapshotThatWouldStand) {
  source_.commit("g", "orders", 1, 45);
  const auto first = run({{"g", {"orders"}, nullptr}})[0].value();
  clock_.advance(31s);
  source_.fail_starts(base::Error{ErrorCode::kUnavailable, "no leader"});
  EXPECT_EQ(run({{"g", {"orders"}, first}})[0].error().message, "no leader");
  source_.fail_starts(std::nullopt);
  source_.fail_group("g", base::Error{ErrorCode::kPermissionDenied, "group denied"});
  EXPECT_EQ(run({{"g", {"orders"}, first}})[0].error().message, "group denied");
  source_.fail_group("g", std::nullopt);
  EXPECT_EQ(run({{"g", {"orders"}, first}})[0].value()->offsets, first->offsets);
}

// Two observers of one cluster: one that is told what has not moved, and one that reads all of it each time.
TEST_F(RefreshTest, ReadsTheSameWhetherOrNotItIsToldWhatHasNotMoved) {
  std::mt19937 random(20261122);
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  const std::vector<std::string> topics{"orders", "bills", "mail"};
  std::map<std::string, std::vector<FakeOffsetSource::Partition>> logs{
      {"orders", {{0, 100, 100}, {40, 50, 50}}}, {"bills", {{0, 7, 7}}}, {"mail", {{5, 9, 9}, {0, 0, 0}, {1, 2, 2}}}};
  for (const auto& [topic, partitions] : logs)
    source_.topic(topic, partitions);
  std::vector<Item> told, untold;
  for (int i = 0; i < 8; ++i) {
    told.push_back({"g" + std::to_string(i), {topics[static_cast<std::size_t>(i) % 3]}, nullptr});
    if (i > 4) told.back().topics.push_back(topics[static_cast<std::size_t>(i + 1) % 3]);
  }
  untold = told;
  LogStarts other_starts;
  LogEnds other_ends;
  for (int step = 0; step < 500; ++step) {
    const auto& topic = topics[static_cast<std::size_t>(pick(3))];
    auto& partitions = logs[topic];
    const int number = pick(static_cast<int>(partitions.size()));
    auto& log = partitions[static_cast<std::size_t>(number)];
    switch (pick(8)) {
      case 0:
        log.end = log.high_watermark = log.end + pick(3);
        break;
      case 1:
        log.start = std::min(log.end, log.start + pick(4));
        break;
      case 2:
        log = {0, pick(5), 0};
        log.high_watermark = log.end;
        break;
      case 3:
        if (partitions.size() < 5) partitions.push_back({0, 1, 1});
        break;
      case 4:
      case 5:
        source_.commit("g" + std::to_string(pick(8)), topic, number, log.start + pick(static_cast<int>(log.end + 2)));
        break;
      default:
        break;
    }
    source_.topic(topic, partitions);
    clock_.advance(31s);
    const auto seen = run(told);
    std::swap(starts_, other_starts);
    std::swap(ends_, other_ends);
    const auto read = run(untold);
    std::swap(starts_, other_starts);
    std::swap(ends_, other_ends);
    for (std::size_t i = 0; i < told.size(); ++i) {
      ASSERT_EQ(*seen[i].value()->offsets, *read[i].value()->offsets) << "step " << step << ", " << told[i].group;
      told[i].before = *seen[i];
      auto without_mark = std::make_shared<Snapshot>(**read[i]);
      without_mark->mark = {};
      untold[i].before = without_mark;
    }
  }
  EXPECT_GT(source_.counts().unchanged, 2000);
}

}  // namespace
}  // namespace weir::monitor
