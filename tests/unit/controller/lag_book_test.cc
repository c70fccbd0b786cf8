#include "controller/lag_book.h"

#include <condition_variable>
#include <deque>
#include <set>

#include <gtest/gtest.h>

namespace weir::controller {
namespace {

using base::ErrorCode;

const kube::ObjectKey kOrders{"shop", "orders"};
const base::SteadyTime kStart{std::chrono::hours(1)};

// A scaler in this process: what was asked, and what it is to say.
class FakeScaler final : public lag::LagNewsClient {
 public:
  std::unique_ptr<lag::LagNewsStream> open() override { return std::make_unique<Stream>(*this); }

  void say(std::vector<lag::LagNews> news) {
    const std::scoped_lock lock(mutex_);
    said_.push_back(std::move(news));
    changed_.notify_all();
  }
  void set_away(bool away) {
    const std::scoped_lock lock(mutex_);
    away_ = away;
    changed_.notify_all();
  }
  // Waits for the id under which a trigger of that name is wanted.
  std::uint64_t id_of(const std::string& name) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return wanted_.contains(name); });
    return wanted_.at(name);
  }
  bool wants(const std::string& name) {
    const std::scoped_lock lock(mutex_);
    return wanted_.contains(name);
  }

 private:
  class Stream final : public lag::LagNewsStream {
   public:
    explicit Stream(FakeScaler& scaler) : scaler_(scaler) {}
    bool want(std::uint64_t id, const lag::TriggerReference& trigger) override {
      const std::scoped_lock lock(scaler_.mutex_);
      scaler_.wanted_[trigger.name] = id;
      scaler_.changed_.notify_all();
      return true;
    }
    bool forget(std::uint64_t id) override {
      const std::scoped_lock lock(scaler_.mutex_);
      std::erase_if(scaler_.wanted_, [&](const auto& entry) { return entry.second == id; });
      return true;
    }
    std::optional<std::vector<lag::LagNews>> next() override {
      std::unique_lock lock(scaler_.mutex_);
      if (scaler_.away_ || cancelled_) return std::nullopt;
      if (!std::exchange(greeted_, true)) return std::vector<lag::LagNews>{};
      scaler_.changed_.wait(lock, [&] { return cancelled_ || scaler_.away_ || !scaler_.said_.empty(); });
      if (cancelled_ || scaler_.away_) return std::nullopt;
      auto news = std::move(scaler_.said_.front());
      scaler_.said_.pop_front();
      return news;
    }
    void cancel() override {
      const std::scoped_lock lock(scaler_.mutex_);
      cancelled_ = true;
      scaler_.changed_.notify_all();
    }

   private:
    FakeScaler& scaler_;
    bool greeted_ = false, cancelled_ = false;
  };

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::uint64_t> wanted_;
  std::deque<std::vector<lag::LagNews>> said_;
  bool away_ = false;
};

class LagBookTest : public ::testing::Test {
 protected:
  void news(const kube::ObjectKey&) {
    const std::scoped_lock lock(mutex_);
    ++told_;
    changed_.notify_all();
  }
  void wait_told(int times) {
    std::unique_lock lock(mutex_);
    ASSERT_TRUE(changed_.wait_for(lock, std::chrono::seconds(10), [&] { return told_ >= times; }));
  }
  int told() {
    const std::scoped_lock lock(mutex_);
    return told_;
  }

  FakeScaler scaler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int told_ = 0;
  LagBook book_{scaler_, {}, [this](const kube::ObjectKey& key) { news(key); }};
};

lag::LagNews lag_of(std::uint64_t id, std::int64_t lag, std::int64_t replicas) {
  return {.id = id, .summary = lag::LagSummary{.partitions = 12, .total_lag = lag, .desired_replicas = replicas}};
}

TEST_F(LagBookTest, TellsOfAGroupOnceTheScalerHasSaidSomething) {
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  EXPECT_FALSE(book_.serves());
  book_.start();
  const auto id = scaler_.id_of("so-1");
  wait_told(1);  // that the scaler serves
  EXPECT_TRUE(book_.serves());
  EXPECT_FALSE(book_.reading(kOrders).has_value());
  scaler_.say({lag_of(id, 700, 7)});
  wait_told(2);
  EXPECT_EQ(book_.reading(kOrders)->value(), (LagReading{.partitions = 12, .lag = 700, .desired_replicas = 7}));
}

TEST_F(LagBookTest, SmallChangesAreNoNewsUntilTheyAddUp) {
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  book_.start();
  const auto id = scaler_.id_of("so-1");
  scaler_.say({lag_of(id, 100, 1)});
  wait_told(2);
  for (int lag = 110; lag < 200; lag += 10)
    scaler_.say({lag_of(id, lag, 1)});
  scaler_.say({lag_of(id, 200, 1)});
  wait_told(3);
  EXPECT_EQ(told(), 3);
  EXPECT_EQ(book_.reading(kOrders)->value().lag, 200);
}

TEST_F(LagBookTest, AnErrorIsNews) {
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  book_.start();
  const auto id = scaler_.id_of("so-1");
  scaler_.say({{.id = id, .summary = base::fail(ErrorCode::kNotFound, "no topic")}});
  wait_told(2);
  EXPECT_EQ(book_.reading(kOrders)->error().code, ErrorCode::kNotFound);
}

TEST_F(LagBookTest, TheSameTriggerIsAskedForOnceAndAnotherReplacesIt) {
  book_.start();
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  const auto first = scaler_.id_of("so-1");
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  EXPECT_EQ(scaler_.id_of("so-1"), first);
  book_.want(kOrders, {.ns = "shop", .name = "so-2", .metadata = {}}, kStart);
  scaler_.id_of("so-2");
  EXPECT_FALSE(scaler_.wants("so-1"));
  book_.forget(kOrders);
  EXPECT_FALSE(scaler_.wants("so-2"));
}

TEST_F(LagBookTest, WhatWasReadStandsWhileTheScalerIsAwayAndIsAskedForAgain) {
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  book_.start();
  const auto id = scaler_.id_of("so-1");
  scaler_.say({lag_of(id, 700, 7)});
  wait_told(2);
  scaler_.set_away(true);
  while (book_.serves())
    std::this_thread::yield();
  EXPECT_EQ(book_.reading(kOrders)->value().lag, 700);
  scaler_.set_away(false);
  wait_told(3);
  EXPECT_TRUE(book_.serves());
}

TEST_F(LagBookTest, AFirstReadingIsWorthAWaitUnlessTheScalerIsAway) {
  using std::chrono::milliseconds;
  EXPECT_EQ(book_.patience(kOrders, kStart), milliseconds(0)) << "nobody has asked";
  book_.want(kOrders, {.ns = "shop", .name = "so-1", .metadata = {}}, kStart);
  EXPECT_EQ(book_.patience(kOrders, kStart + milliseconds(1500)), milliseconds(3500));
  EXPECT_EQ(book_.patience(kOrders, kStart + milliseconds(9000)), milliseconds(0));
  scaler_.set_away(true);
  book_.start();
  wait_told(1);  // that there is nothing to wait for
  EXPECT_EQ(book_.patience(kOrders, kStart), milliseconds(0));
  scaler_.set_away(false);
  const auto id = scaler_.id_of("so-1");
  EXPECT_EQ(book_.patience(kOrders, kStart), milliseconds(5000));
  scaler_.say({lag_of(id, 700, 7)});
  wait_told(3);
  EXPECT_EQ(book_.patience(kOrders, kStart), milliseconds(0));
}

}  // namespace
}  // namespace weir::controller
