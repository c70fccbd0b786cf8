#include "kube/work_queue.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "kube/leader_elector.h"

namespace weir::kube {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ObjectKey kA{"shop", "a"}, kB{"shop", "b"};

class Queue : public ::testing::Test {
 protected:
  ObjectKey take() {
    const auto key = queue_.take(stop_.get_token());
    return key.value_or(ObjectKey{});
  }

  std::stop_source stop_;
  WorkQueue queue_{{.first_retry = milliseconds(20), .most_retry = milliseconds(40)}};
};

TEST_F(Queue, HandsEachKeyOutOnceInOrder) {
  queue_.add(kA);
  queue_.add(kB);
  queue_.add(kA);
  EXPECT_EQ(queue_.size(), 2U);
  EXPECT_EQ(take(), kA);
  EXPECT_EQ(take(), kB);
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(Queue, AKeyThatIsWorkedOnComesAgainOnlyWhenDone) {
  queue_.add(kA);
  EXPECT_EQ(take(), kA);
  queue_.add(kA);
  EXPECT_EQ(queue_.size(), 0U);
  queue_.done(kA);
  EXPECT_EQ(take(), kA);
  queue_.done(kA);
  EXPECT_EQ(queue_.size(), 0U);
}

TEST_F(Queue, OfSeveralDelaysTheEarliestCounts) {
  const auto started = std::chrono::steady_clock::now();
  queue_.add_after(kA, seconds(600));
  queue_.add_after(kB, seconds(600));
  queue_.add_after(kA, milliseconds(30));
  queue_.add_after(kA, seconds(600));
  EXPECT_EQ(take(), kA);
  EXPECT_GE(std::chrono::steady_clock::now() - started, milliseconds(30));
}

TEST_F(Queue, FailuresWaitLongerUntilForgotten) {
  const auto time = [&] {
    const auto started = std::chrono::steady_clock::now();
    queue_.retry(kA);
    EXPECT_EQ(take(), kA);
    queue_.done(kA);
    return std::chrono::steady_clock::now() - started;
  };
  EXPECT_GE(time(), milliseconds(15));
  EXPECT_GE(time(), milliseconds(30));
  queue_.forget(kA);
  EXPECT_GE(time(), milliseconds(15));
}

TEST_F(Queue, AWaiterEndsWhenStopped) {
  const std::jthread stopper([&] { stop_.request_stop(); });
  EXPECT_FALSE(queue_.take(stop_.get_token()).has_value());
}

TEST_F(Queue, ManyWorkersNeverHaveTheSameKey) {
  std::atomic<int> inside = 0, passes = 0;
  std::vector<std::jthread> workers;
  for (int i = 0; i < 4; ++i)
    workers.emplace_back([&] {
      while (const auto key = queue_.take(stop_.get_token())) {
        EXPECT_EQ(++inside, 1);
        --inside;
        ++passes;
        queue_.done(*key);
      }
    });
  while (passes < 1000)
    queue_.add(kA);
  stop_.request_stop();
}

TEST(Lease, EndsWhenItStoodStillForItsDurationByOurClock) {
  LeaseObservation lease;
  const base::SteadyTime start{seconds(100)};
  EXPECT_FALSE(lease.ended(start, seconds(15))) << "nothing was read yet";
  lease.observe({.holder = "other", .renew_time = "1"}, start);
  EXPECT_FALSE(lease.ended(start + seconds(15), seconds(15)));
  EXPECT_TRUE(lease.ended(start + seconds(16), seconds(15)));
  lease.observe({.holder = "other", .renew_time = "2"}, start + seconds(14));
  EXPECT_FALSE(lease.ended(start + seconds(16), seconds(15))) << "it was renewed, whatever its clock says";
  lease.observe({.holder = "", .renew_time = "2"}, start + seconds(17));
  EXPECT_TRUE(lease.ended(start + seconds(17), seconds(15))) << "it was given back";
}

}  // namespace
}  // namespace weir::kube
