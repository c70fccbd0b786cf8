#include "base/timer_queue.h"

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

// Waits for `done`, so that a queue that never runs fails the test instead of hanging it.
testing::AssertionResult happens(std::future<void> done) {
  if (done.wait_for(20s) == std::future_status::ready) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "not within 20 s";
}

TEST(TimerQueue, RunsACallbackWhoseTimeHasPassedAtOnce) {
  TimerQueue queue;
  std::promise<void> done;
  EXPECT_NE(queue.schedule(in(-1h), [&done] { done.set_value(); }), 0U);
  EXPECT_TRUE(happens(done.get_future()));
}

TEST(TimerQueue, RunsNoCallbackBeforeItsTime) {
  TimerQueue queue;
  std::promise<SteadyTime> ran;
  const SteadyTime when = in(30ms);
  queue.schedule(when, [&ran] { ran.set_value(std::chrono::steady_clock::now()); });
  EXPECT_GE(ran.get_future().get(), when);
}

TEST(TimerQueue, RunsByTimeAndEqualTimesInTheOrderTheyWereScheduled) {
  TimerQueue queue;
  std::vector<int> order;
  std::promise<void> done;
  const SteadyTime when = in(50ms);
  queue.schedule(when + 2ms, [&done] { done.set_value(); });
  queue.schedule(when + 1ms, [&order] { order.push_back(3); });
  queue.schedule(when, [&order] { order.push_back(1); });
  queue.schedule(when, [&order] { order.push_back(2); });
  ASSERT_TRUE(happens(done.get_future()));
  EXPECT_EQ(order, (std::vector{1, 2, 3}));
}

TEST(TimerQueue, AnEarlierCallbackWakesAQueueThatWaitsForALaterOne) {
  TimerQueue queue;
  std::promise<void> done;
  queue.schedule(in(1h), [] {});
  queue.schedule(in(1ms), [&done] { done.set_value(); });
  EXPECT_TRUE(happens(done.get_future()));
}

TEST(TimerQueue, ACancelledCallbackDoesNotRun) {
  TimerQueue queue;
  bool cancelled_ran = false;
  std::promise<void> done;
  const SteadyTime when = in(20ms);
  const auto id = queue.schedule(when, [&cancelled_ran] { cancelled_ran = true; });
  queue.schedule(when + 1ms, [&done] { done.set_value(); });
  EXPECT_TRUE(queue.cancel(id));
  EXPECT_FALSE(queue.cancel(id));
  ASSERT_TRUE(happens(done.get_future()));
  EXPECT_FALSE(cancelled_ran);
}

TEST(TimerQueue, CancelTellsThatACallbackHasRunOrNeverWas) {
  TimerQueue queue;
  std::promise<void> ran;
  const auto id = queue.schedule(in(0ms), [&ran] { ran.set_value(); });
  ASSERT_TRUE(happens(ran.get_future()));
  EXPECT_FALSE(queue.cancel(id));
  EXPECT_FALSE(queue.cancel(12345));
}

TEST(TimerQueue, CancellingTheFirstLeavesTheNextOnTime) {
  TimerQueue queue;
  std::promise<void> done;
  const auto id = queue.schedule(in(10ms), [] {});
  queue.schedule(in(30ms), [&done] { done.set_value(); });
  queue.cancel(id);
  EXPECT_TRUE(happens(done.get_future()));
}

TEST(TimerQueue, ACallbackMayScheduleAndCancel) {
  TimerQueue queue;
  std::promise<void> done;
  std::atomic<bool> cancelled{false};
  queue.schedule(in(0ms), [&] {
    const auto id = queue.schedule(in(1h), [] {});
    cancelled = queue.cancel(id);
    queue.schedule(in(0ms), [&done] { done.set_value(); });
  });
  EXPECT_TRUE(happens(done.get_future()));
  EXPECT_TRUE(cancelled);
}

TEST(TimerQueue, ACallbackMayDropTheLastOwnerOfAnotherThatSchedules) {
  TimerQueue queue;
  std::promise<void> done;
  struct OnDrop {
    std::function<void()> action;
    ~OnDrop() { action(); }
  };
  auto held = std::make_shared<OnDrop>(OnDrop{[] {}});
  held->action = [&queue, &done] { queue.schedule(in(0ms), [&done] { done.set_value(); }); };
  queue.schedule(in(0ms), [held] {});
  held.reset();
  EXPECT_TRUE(happens(done.get_future()));
}

TEST(TimerQueue, CancelDropsACallbackOutsideItsLock) {
  TimerQueue queue;
  struct OnDrop {
    TimerQueue* queue;
    ~OnDrop() { queue->cancel(1); }
  };
  const auto id = queue.schedule(in(1h), [held = std::make_shared<OnDrop>(&queue)] {});
  auto cancelled = std::async(std::launch::async, [&queue, id] { return queue.cancel(id); });
  if (cancelled.wait_for(20s) != std::future_status::ready) {
    ADD_FAILURE() << "cancel blocked on its own lock";
    std::quick_exit(1);
  }
  EXPECT_TRUE(cancelled.get());
}

TEST(TimerQueue, DestructionDropsWhatHasNotRun) {
  std::atomic<int> ran{0};
  std::latch running(1);
  auto queue = std::make_unique<TimerQueue>();
  queue->schedule(in(0ms), [&] {
    running.count_down();
    ++ran;
  });
  queue->schedule(in(1h), [&ran] { ran = 100; });
  running.wait();
  queue.reset();
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace weir::base
