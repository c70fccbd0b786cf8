// Hearing of first records: a watch of a session over a broker.

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// What a watch told, for a test to wait for.
class Heard {
 public:
  lag::LogEndListener listener() {
    return [this](const std::vector<lag::LogEndMove>& moves) {
      const std::scoped_lock lock(mutex_);
      moves_.insert(moves_.end(), moves.begin(), moves.end());
      changed_.notify_all();
    };
  }

  // The next move, in the order they came.
  std::optional<lag::LogEndMove> next(std::chrono::milliseconds within = kEnough) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, within, [this] { return taken_ < moves_.size(); })) return std::nullopt;
    return moves_[taken_++];
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<lag::LogEndMove> moves_;
  std::size_t taken_ = 0;
};

class Watch : public SessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker();
    admin_ = new KafkaAdmin(broker_->bootstrap());
  }
  static void TearDownTestSuite() {
    delete std::exchange(admin_, nullptr);
    delete std::exchange(broker_, nullptr);
  }

  // Where all partitions of a topic end, as a refresh would have found.
  static std::vector<lag::LogEnd> ends(const std::string& topic, int partitions, lag::Offset end = 0) {
    std::vector<lag::LogEnd> all;
    for (int partition = 0; partition < partitions; ++partition)
      all.push_back({topic, partition, end});
    return all;
  }

  Source plain() { return session(broker_->bootstrap()); }

  static inline KafkaBroker* broker_ = nullptr;
  static inline KafkaAdmin* admin_ = nullptr;
};

TEST_F(Watch, HearsOfTheFirstRecordOfEachPartitionOnceAndWithinMilliseconds) {
  admin_->create_topic("first", 20);
  const auto source = plain();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  ASSERT_NE(watch, nullptr);
  watch->watch(ends("first", 20));
  admin_->produce("first", 3, 1);
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"first", 3, 1})) << "connected, and heard";
  std::vector<Clock::duration> took;
  for (const int partition : {7, 0, 19, 11, 5}) {
    const auto before = Clock::now();
    admin_->produce("first", partition, 2);
    const auto move = heard.next();
    took.push_back(Clock::now() - before);
    ASSERT_TRUE(move);
    EXPECT_EQ(move->partition, partition);
  }
  std::ranges::sort(took);
  EXPECT_LT(took[took.size() / 2], 250ms) << "the long poll is not waited out";
  admin_->produce("first", 3, 1);
  EXPECT_EQ(heard.next(800ms), std::nullopt) << "told of once";
  auto again = ends("first", 20);
  again[3].offset = 2;
  watch->watch(again);
  admin_->produce("first", 3, 1);
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"first", 3, 3})) << "named with another offset";
}

TEST_F(Watch, WhatWasWrittenBeforeItBeganIsHeardToo) {
  admin_->create_topic("before", 1);
  admin_->produce("before", 0, 5);
  const auto source = plain();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch({{"before", 0, 3}});
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"before", 0, 5}));
}

TEST_F(Watch, ATopicThatIsMissingOrEndsEarlierThanItDidCannotBeTold) {
  admin_->create_topic("shorter", 1);
  admin_->produce("shorter", 0, 2);
  const auto source = plain();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch({{"shorter", 0, 100}});
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"shorter", 0, std::nullopt}));
  watch->watch({{"never-made", 0, 0}});
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"never-made", 0, std::nullopt}));
}

TEST_F(Watch, CostsOneSmallRequestEachHalfSecondHoweverManyPartitionsAreIdle) {
  admin_->create_topic("idle", 100);
  const auto source = plain();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch(ends("idle", 100));
  admin_->produce("idle", 0, 1);
  ASSERT_TRUE(heard.next());
  // What it took to begin is counted once a quiet long poll has ended.
  const auto begun = status(source).requests;
  const auto quiet = in(kEnough);
  while (status(source).requests < begun + 3 && Clock::now() < quiet)
    std::this_thread::sleep_for(10ms);
  const auto requests = status(source).requests;
  const auto sent = status(source).bytes_sent;
  const auto begin = Clock::now();
  EXPECT_EQ(heard.next(3s), std::nullopt);
  const auto half_seconds = static_cast<std::uint64_t>((Clock::now() - begin) / 500ms);
  EXPECT_LE(status(source).requests - requests, half_seconds + 2);
  EXPECT_LT(status(source).bytes_sent - sent, 200 * (half_seconds + 2)) << "the broker remembers the partitions";
}

TEST_F(Watch, ABurstOfWakesIsLimitedAndNothingIsMissed) {
  constexpr int kPartitions = 30;
  admin_->create_topic("burst", kPartitions);
  const auto source = plain();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch(ends("burst", kPartitions));
  for (int partition = 0; partition < kPartitions; ++partition)
    admin_->produce("burst", partition, 1);
  std::set<std::int32_t> partitions;
  for (int i = 0; i < kPartitions; ++i)
    if (const auto move = heard.next()) partitions.insert(move->partition);
  EXPECT_EQ(partitions.size(), static_cast<std::size_t>(kPartitions));
}

TEST_F(SessionTest, WhereReadIsDeniedTheEndsAreAskedForInstead) {
  KafkaBroker broker({"--acl", "--listeners", "sasl_plain"});
  KafkaAdmin admin(broker.bootstrap());
  admin.create_topic("described", 2);
  admin.allow_topic("User:alice", "described");
  const auto source = session(broker.bootstrap("sasl_plain"),
                              {{"sasl", "plaintext"}, {"username", "alice"}, {"password", "alice-secret"}});
  // Kafka grants a moment after it has answered that it would.
  const auto deadline = in(kEnough);
  while (!partition_count(*source, "described") && Clock::now() < deadline)
    std::this_thread::yield();
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch({{"described", 0, 0}, {"described", 1, 0}});
  EXPECT_EQ(heard.next(1s), std::nullopt) << "an ACL is no news";
  const auto begin = Clock::now();
  admin.produce("described", 1, 1);
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"described", 1, 1}));
  EXPECT_LT(Clock::now() - begin, 2s);
  admin.produce("described", 0, 3);
  EXPECT_EQ(heard.next(), (lag::LogEndMove{"described", 0, 3}));
}

// A broker of its own: it is restarted.
TEST_F(SessionTest, AWatchGoesOnAfterTheBrokerWasAway) {
  KafkaBroker broker;
  KafkaAdmin admin(broker.bootstrap());
  admin.create_topic("restart", 2);
  const auto source = session(broker.bootstrap());
  Heard heard;
  const auto watch = source->watch_log_ends(heard.listener());
  watch->watch({{"restart", 0, 0}, {"restart", 1, 0}});
  admin.produce("restart", 0, 1);
  ASSERT_TRUE(heard.next());
  broker.kill();
  broker.restart();
  KafkaAdmin(broker.bootstrap()).produce("restart", 1, 1);
  EXPECT_EQ(heard.next(30s), (lag::LogEndMove{"restart", 1, 1}));
}

TEST_F(SessionTest, AWatchEndsAtOnceWhileABrokerIsSilent) {
  KafkaBroker broker;
  KafkaAdmin admin(broker.bootstrap());
  admin.create_topic("silent", 1);
  const auto source = session(broker.bootstrap());
  Heard heard;
  auto watch = source->watch_log_ends(heard.listener());
  watch->watch({{"silent", 0, 0}});
  admin.produce("silent", 0, 1);
  ASSERT_TRUE(heard.next());
  watch->watch({{"silent", 0, 1}});
  broker.pause();
  const auto begin = Clock::now();
  watch.reset();
  EXPECT_LT(Clock::now() - begin, 1s);
  broker.resume();
}

}  // namespace
}  // namespace weir::test
