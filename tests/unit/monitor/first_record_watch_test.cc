#include "monitor/first_record_watch.h"

#include <gtest/gtest.h>

#include "monitor/subscription.h"
#include "support/fake_clock.h"
#include "support/fake_offset_source.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;
using testing::FakeOffsetSource;

class FirstRecordWatchTest : public ::testing::Test {
 protected:
  FirstRecordWatchTest() { clock_.advance(1h); }

  SubscriptionPtr subscription(const std::string& topic) {
    auto made = std::make_shared<Subscription>(SubscriptionKey{source_, "g-" + topic, {topic}}, clock_.now());
    const auto offsets = std::make_shared<const lag::GroupOffsets>(lag::GroupOffsets{{topic, {}}});
    made->publish(std::make_shared<const Snapshot>(Snapshot{clock_.now(), clock_.system_now(), offsets}), clock_.now(),
                  60s);
    return made;
  }

  void update(const std::vector<SubscriptionPtr>& subscriptions) {
    clock_.advance(1s);
    watch_.update(subscriptions, clock_.now());
  }

  testing::FakeClock clock_;
  telemetry::Registry registry_;
  const Instruments instruments_{registry_};
  std::shared_ptr<FakeOffsetSource> source_ = std::make_shared<FakeOffsetSource>();
  int found_ = 0;
  FirstRecordWatch watch_{*source_, 5s, instruments_, [this] { ++found_; }};
};

TEST_F(FirstRecordWatchTest, IdlePartitionsAreWatchedWhereSomebodyWaitsForARecord) {
  const auto waiting = subscription("orders");
  const auto other = subscription("payments");
  watch_.ends().observe("orders", 0, 10, clock_.now());
  watch_.ends().observe("orders", 1, 20, clock_.now());
  watch_.ends().observe("payments", 0, 30, clock_.now());
  const auto guard = Subscription::await_first_record(waiting);
  update({waiting, other});
  EXPECT_EQ(source_->watched(), std::nullopt) << "not idle yet";
  clock_.advance(4s);
  watch_.ends().observe("orders", 1, 21, clock_.now());
  update({waiting, other});
  EXPECT_EQ(source_->watched(), (std::vector<lag::LogEnd>{{"orders", 0, 10}})) << "the other has moved";
  clock_.advance(5s);
  update({waiting, other});
  EXPECT_EQ(source_->watched(), (std::vector<lag::LogEnd>{{"orders", 0, 10}, {"orders", 1, 21}}));
}

TEST_F(FirstRecordWatchTest, NothingIsWatchedAnyMoreWhenNobodyWaits) {
  const auto waiting = subscription("orders");
  watch_.ends().observe("orders", 0, 10, clock_.now());
  clock_.advance(5s);
  auto guard = Subscription::await_first_record(waiting);
  update({waiting});
  EXPECT_EQ(source_->watched()->size(), 1u);
  guard.reset();
  update({waiting});
  EXPECT_EQ(source_->watched()->size(), 0u);
}

TEST_F(FirstRecordWatchTest, AMoveIsTakenOnceAndReturnsThePartitionToTheTick) {
  const auto waiting = subscription("orders");
  const auto guard = Subscription::await_first_record(waiting);
  watch_.ends().observe("orders", 0, 10, clock_.now());
  clock_.advance(5s);
  update({waiting});
  source_->move({{"orders", 0, 11}});
  EXPECT_EQ(found_, 1);
  EXPECT_EQ(watch_.take(clock_.now()), (std::vector<lag::LogEndMove>{{"orders", 0, 11}}));
  EXPECT_EQ(watch_.take(clock_.now()), std::vector<lag::LogEndMove>());
  update({waiting});
  EXPECT_EQ(source_->watched()->size(), 0u);
  clock_.advance(5s);
  update({waiting});
  EXPECT_EQ(source_->watched(), (std::vector<lag::LogEnd>{{"orders", 0, 11}}));
}

TEST_F(FirstRecordWatchTest, WithATimeOfZeroNothingIsWatched) {
  FirstRecordWatch off(*source_, 0ms, instruments_, [] {});
  const auto waiting = subscription("orders");
  const auto guard = Subscription::await_first_record(waiting);
  off.ends().observe("orders", 0, 10, clock_.now());
  clock_.advance(1h);
  off.update(std::vector{waiting}, clock_.now());
  EXPECT_EQ(source_->watched(), std::nullopt);
}

class WithMovesTest : public ::testing::Test {
 protected:
  WithMovesTest() {
    lag::PartitionOffsets caught_up{0, 10, std::nullopt, 10, std::nullopt, {}};
    caught_up.progress = lag::CommitProgress{clock_.now(), std::nullopt};
    lag::PartitionOffsets without_commit{1, std::nullopt, 0, 5, std::nullopt, std::nullopt};
    const lag::GroupOffsets offsets{{"orders", {caught_up, without_commit}}};
    before_ = std::make_shared<const Snapshot>(
        Snapshot{clock_.now(), clock_.system_now(), std::make_shared<const lag::GroupOffsets>(offsets)});
    clock_.advance(3s);
  }

  SnapshotPtr after(const std::vector<lag::LogEndMove>& moves) const {
    return with_moves(before_, moves, clock_.now());
  }

  testing::FakeClock clock_;
  SnapshotPtr before_;
};

TEST_F(WithMovesTest, AnEndThatGrewIsInTheNextSnapshotWhichIsAsOldAsTheOneBefore) {
  const auto grown = after({{"orders", 0, 11}});
  ASSERT_NE(grown, nullptr);
  EXPECT_EQ(grown->taken, before_->taken);
  const auto& partition = grown->offsets->at(0).partitions[0];
  EXPECT_EQ(partition.log_end, 11);
  EXPECT_EQ(partition.committed, 10);
  EXPECT_EQ(partition.progress->commit_since, before_->taken) << "the commit has not moved";
  EXPECT_EQ(partition.progress->behind_since, clock_.now()) << "the lag was first seen now";
  EXPECT_EQ(grown->offsets->at(0).partitions[1], before_->offsets->at(0).partitions[1]);
}

TEST_F(WithMovesTest, NothingChangesWhereARefreshHasSeenAsMuchOrTheMoveIsAboutOthers) {
  EXPECT_EQ(after({{"orders", 0, 10}}), nullptr);
  EXPECT_EQ(after({{"orders", 0, 9}}), nullptr);
  EXPECT_EQ(after({{"orders", 7, 100}}), nullptr);
  EXPECT_EQ(after({{"payments", 0, 100}}), nullptr);
  EXPECT_EQ(after({{"orders", 1, std::nullopt}}), nullptr);
  EXPECT_EQ(with_moves(nullptr, std::vector<lag::LogEndMove>{{"orders", 0, 11}}, clock_.now()), nullptr);
}

}  // namespace
}  // namespace weir::monitor
