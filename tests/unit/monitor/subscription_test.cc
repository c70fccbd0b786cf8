#include "monitor/subscription.h"

#include <memory>

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_offset_source.h"

namespace weir::monitor {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

constexpr auto kMaxStale = 60s;

class SubscriptionTest : public ::testing::Test {
 protected:
  SnapshotPtr snapshot() const {
    return std::make_shared<const Snapshot>(
        Snapshot{clock_.now(), clock_.system_now(), std::make_shared<const lag::GroupOffsets>()});
  }
  void publish(const SnapshotPtr& taken) { subscription_.publish(taken, clock_.now(), kMaxStale); }
  void fail(ErrorCode code) { subscription_.fail({code, "because"}, clock_.now(), kMaxStale); }
  auto ask() {
    return subscription_.ask(clock_.now(), kMaxStale, [this](const auto& answer) { answers_.push_back(answer); });
  }
  bool waits() { return std::holds_alternative<Subscription::WaiterId>(ask()); }
  Subscription::Answer answered() { return std::get<Subscription::Answer>(ask()); }

  testing::FakeClock clock_;
  Subscription subscription_{{std::make_shared<testing::FakeOffsetSource>(), "orders", {"orders"}}, clock_.now()};
  std::vector<Subscription::Answer> answers_;
};

TEST_F(SubscriptionTest, FirstCallsWaitAndAllGetTheFirstSnapshot) {
  EXPECT_TRUE(waits());
  EXPECT_TRUE(waits());
  const auto taken = snapshot();
  publish(taken);
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[0].value(), taken);
  EXPECT_EQ(answers_[1].value(), taken);
  EXPECT_EQ(answered().value(), taken);
}

TEST_F(SubscriptionTest, AWaiterThatExpiredIsAnsweredOnce) {
  const auto id = std::get<Subscription::WaiterId>(ask());
  EXPECT_TRUE(subscription_.expire(id));
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(subscription_.expire(id));
  publish(snapshot());
  EXPECT_EQ(answers_.size(), 1u);
}

TEST_F(SubscriptionTest, TheErrorOfTheFirstRefreshIsAnsweredAtOnceUntilOneSucceeds) {
  EXPECT_TRUE(waits());
  fail(ErrorCode::kNotFound);
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].error(), (base::Error{ErrorCode::kNotFound, "because"}));
  EXPECT_EQ(answered().error().code, ErrorCode::kNotFound);
  publish(snapshot());
  EXPECT_TRUE(answered().has_value());
}

struct Stale {
  const char* name;
  std::chrono::seconds age;
  ErrorCode failure;
  ErrorCode expected;
  bool served;
};

TEST_F(SubscriptionTest, TheLastGoodSnapshotServesUntilItIsTooOld) {
  const Stale rows[] = {
      {"at the limit it serves though Kafka is away", 60s, ErrorCode::kUnavailable, ErrorCode::kUnavailable, true},
      {"at the limit it serves though the topic is gone", 60s, ErrorCode::kNotFound, ErrorCode::kNotFound, true},
      {"beyond it Kafka away is unavailable", 61s, ErrorCode::kUnavailable, ErrorCode::kUnavailable, false},
      {"beyond it refused credentials say so", 61s, ErrorCode::kUnauthenticated, ErrorCode::kUnauthenticated, false},
      {"beyond it a denied topic says so", 61s, ErrorCode::kPermissionDenied, ErrorCode::kPermissionDenied, false},
      {"beyond it a defect is unavailable", 61s, ErrorCode::kInternal, ErrorCode::kUnavailable, false},
  };
  for (const Stale& row : rows) {
    publish(snapshot());
    clock_.advance(row.age);
    fail(row.failure);
    const auto answer = answered();
    ASSERT_EQ(answer.has_value(), row.served) << row.name;
    if (row.served) continue;
    EXPECT_EQ(answer.error().code, row.expected) << row.name;
    EXPECT_NE(answer.error().message.find("because"), std::string::npos) << row.name;
  }
}

TEST_F(SubscriptionTest, AfterAPauseAnOldSnapshotIsWaitedForAgain) {
  publish(snapshot());
  clock_.advance(61s);
  subscription_.keep();
  EXPECT_TRUE(subscription_.drop_unused(clock_.now(), 60s));
  EXPECT_FALSE(subscription_.kept());
  EXPECT_TRUE(waits());
  publish(snapshot());
  EXPECT_EQ(answers_.size(), 1u);
  EXPECT_TRUE(answers_[0].has_value());
}

TEST_F(SubscriptionTest, PeekNeverWaitsAndIsNoDemand) {
  EXPECT_EQ(subscription_.peek(clock_.now(), kMaxStale).error().code, ErrorCode::kUnavailable);
  clock_.advance(301s);
  publish(snapshot());
  EXPECT_TRUE(subscription_.peek(clock_.now(), kMaxStale).has_value());
  EXPECT_TRUE(subscription_.drop_unused(clock_.now(), 300s));
}

TEST_F(SubscriptionTest, UnusedOnceNobodyAsksOrListens) {
  subscription_.keep();
  publish(snapshot());
  ask();
  clock_.advance(300s);
  EXPECT_FALSE(subscription_.drop_unused(clock_.now(), 300s)) << "asked just so long ago";
  EXPECT_TRUE(subscription_.kept());
  clock_.advance(1s);
  EXPECT_TRUE(subscription_.drop_unused(clock_.now(), 300s));
  auto guard = subscription_.listen([](const SnapshotPtr&) {});
  EXPECT_FALSE(subscription_.drop_unused(clock_.now(), 300s)) << "somebody listens";
  guard.reset();
  EXPECT_TRUE(subscription_.drop_unused(clock_.now(), 300s));
}

TEST_F(SubscriptionTest, ListenersHearEachSnapshotUntilTheirGuardGoes) {
  int first = 0, second = 0;
  auto one = subscription_.listen([&](const SnapshotPtr&) { ++first; });
  auto two = subscription_.listen([&](const SnapshotPtr&) { ++second; });
  publish(snapshot());
  two.reset();
  publish(snapshot());
  fail(ErrorCode::kUnavailable);
  EXPECT_EQ(first, 2);
  EXPECT_EQ(second, 1);
}

TEST_F(SubscriptionTest, AListenerMayGiveUpItsGuardInItsOwnCall) {
  int calls = 0;
  ListenerGuard guard;
  guard = subscription_.listen([&](const SnapshotPtr&) {
    ++calls;
    guard.reset();
  });
  publish(snapshot());
  publish(snapshot());
  EXPECT_EQ(calls, 1);
}

TEST_F(SubscriptionTest, AbandonedWaitersAreTold) {
  EXPECT_TRUE(waits());
  subscription_.abandon();
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace weir::monitor
