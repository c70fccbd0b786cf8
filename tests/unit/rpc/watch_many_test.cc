#include <algorithm>
#include <map>
#include <string>

#include <gtest/gtest.h>
#include <malloc.h>

#include "rpc/lag_client.h"
#include "server_fixture.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

class ManyWatched : public ServerFixture {
 protected:
  void serve() {
    start();
    client_ = make_lag_news_client(address()).value();
    stream_ = client_->open();
  }

  static lag::TriggerReference trigger(const std::string& topic = "orders") {
    auto metadata = orders_metadata();
    metadata["topic"] = topic;
    return {.ns = "shop", .name = "so-1", .metadata = metadata};
  }

  // The next news that is not empty.
  std::vector<lag::LagNews> next() {
    while (const auto news = stream_->next())
      if (!news->empty()) return *news;
    return {};
  }

  // What is told of so many triggers first.
  std::map<std::uint64_t, base::Result<lag::LagSummary>> told(std::size_t count) {
    std::map<std::uint64_t, base::Result<lag::LagSummary>> all;
    while (all.size() < count) {
      const auto some = next();
      if (some.empty()) break;
      for (const auto& news : some)
        all.emplace(news.id, news.summary);
    }
    return all;
  }

  std::unique_ptr<lag::LagNewsClient> client_;
  std::unique_ptr<lag::LagNewsStream> stream_;
};

class WatchManyTest : public ManyWatched {
 protected:
  WatchManyTest() { serve(); }
};

TEST_F(WatchManyTest, SaysAtOnceThatItServes) {
  const auto first = stream_->next();
  ASSERT_TRUE(first.has_value());
  EXPECT_TRUE(first->empty());
}

TEST_F(WatchManyTest, TellsOfEachTriggerByItsNumberAndThenOfWhatChanges) {
  ASSERT_TRUE(stream_->want(7, trigger()));
  const auto first = next();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].id, 7U);
  ASSERT_TRUE(first[0].summary) << first[0].summary.error().message;
  EXPECT_EQ(first[0].summary->partitions, 2);
  EXPECT_GT(first[0].summary->total_lag, 0);
  drain();
  const auto second = next();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(second[0].summary->total_lag, 0);
  EXPECT_FALSE(second[0].summary->active);
}

TEST_F(WatchManyTest, TellsWhatIsWrongWithOneTriggerAndGoesOnWithTheOthers) {
  auto wrong = trigger();
  wrong.metadata["lagThreshold"] = "none";
  ASSERT_TRUE(stream_->want(1, wrong));
  ASSERT_TRUE(stream_->want(2, trigger()));
  const auto all = told(2);
  EXPECT_EQ(all.at(1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(all.at(2).has_value());
}

TEST_F(WatchManyTest, ATriggerThatIsTakenAwayIsNotToldOf) {
  ASSERT_TRUE(stream_->want(1, trigger()));
  next();
  ASSERT_TRUE(stream_->forget(1));
  ASSERT_TRUE(stream_->want(2, trigger()));
  EXPECT_EQ(next()[0].id, 2U);
  drain();
  const auto news = next();
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].id, 2U);
}

TEST_F(WatchManyTest, TellsThatATriggerMayNoLongerBeReadAndThatItMayAgain) {
  ASSERT_TRUE(stream_->want(1, trigger()));
  EXPECT_TRUE(told(1).at(1).has_value());
  resolver_.fail(base::Error{ErrorCode::kPermissionDenied, "no Secret"});
  EXPECT_EQ(told(1).at(1).error().message, "no Secret");
  resolver_.fail(std::nullopt);
  EXPECT_TRUE(told(1).at(1).has_value());
  resolver_.replace();
  drain();
  EXPECT_EQ(told(1).at(1)->total_lag, 0) << "as the new session says";
}

TEST_F(WatchManyTest, WhatIsTooMuchForOneMessageComesInSeveral) {
  constexpr std::size_t kTriggers = 12'000;
  for (std::uint64_t id = 0; id < kTriggers; ++id)
    ASSERT_TRUE(stream_->want(id, trigger()));
  EXPECT_EQ(told(kTriggers).size(), kTriggers);
  resolver_.fail(base::Error{ErrorCode::kPermissionDenied, std::string(500, 'x')});
  const auto all = told(kTriggers);
  ASSERT_EQ(all.size(), kTriggers);
  for (const auto& [id, summary] : all)
    EXPECT_FALSE(summary.has_value()) << id;
}

TEST_F(WatchManyTest, EndsWhenCancelledAndWhenTheScalerStops) {
  stream_->cancel();
  while (stream_->next()) {
  }
  stream_ = client_->open();
  EXPECT_TRUE(stream_->next().has_value());
  server_->shutdown(std::chrono::milliseconds(500));
  while (stream_->next()) {
  }
  EXPECT_FALSE(client_->open()->next().has_value()) << "nobody serves any more";
}

class WatchManyLimitsTest : public ManyWatched {
 protected:
  // Whose metadata has so many bytes more.
  static lag::TriggerReference large(std::size_t bytes, const std::string& threshold = "50") {
    auto made = trigger();
    made.metadata["lagThreshold"] = threshold;
    made.metadata["unknown"] = std::string(bytes, 'x');
    return made;
  }

  // What this process has allocated.
  static std::size_t in_use() {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  }
};

TEST_F(WatchManyLimitsTest, MoreTriggersThanAStreamMayHaveAreRefusedOneByOne) {
  table_.max_triggers = 2;
  serve();
  for (std::uint64_t id = 1; id <= 4; ++id)
    ASSERT_TRUE(stream_->want(id, trigger()));
  const auto first = told(4);
  EXPECT_TRUE(first.at(1) && first.at(2));
  for (const std::uint64_t id : {3U, 4U}) {
    ASSERT_FALSE(first.at(id));
    EXPECT_EQ(first.at(id).error().code, ErrorCode::kResourceExhausted);
    EXPECT_NE(first.at(id).error().message.find("2 triggers, as many as one may have"), std::string::npos);
  }
  ASSERT_TRUE(stream_->want(2, trigger()));
  EXPECT_TRUE(told(1).at(2)) << "in the place of itself";
  ASSERT_TRUE(stream_->forget(1));
  ASSERT_TRUE(stream_->want(4, trigger()));
  EXPECT_TRUE(told(1).at(4)) << "there is room again";
}

TEST_F(WatchManyLimitsTest, WhatIsWrongForGoodIsToldAndNotKept) {
  constexpr std::size_t kMany = 3000;  // more than are told of at once
  constexpr std::size_t kLarge = 3'900'000;
  table_.max_triggers = 2;
  serve();
  const auto before = in_use();
  for (std::uint64_t id = 1; id <= kMany; ++id)
    ASSERT_TRUE(stream_->want(id, id % 100 == 0 ? large(kLarge) : large(10, "none")));
  const auto wrong = told(kMany);
  ASSERT_EQ(wrong.size(), kMany);
  EXPECT_LT(in_use(), before + 10 * kLarge) << "of 30 that are as large";
  EXPECT_EQ(wrong.at(1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(wrong.at(100).error().message.find("bytes, namespace shop may use"), std::string::npos);
  ASSERT_TRUE(stream_->want(1, trigger()));
  ASSERT_TRUE(stream_->want(2, trigger()));
  const auto right = told(2);
  EXPECT_TRUE(right.at(1) && right.at(2)) << "those that are wrong are in nobody's place";
}

TEST_F(WatchManyLimitsTest, MetadataOfTriggersThatCannotBeServedYetIsKeptUpTo64MiB) {
  constexpr std::size_t kLarge = 3'900'000;
  constexpr std::uint64_t kFit = (std::size_t{64} << 20) / kLarge;
  limits_.metadata_bytes = 2 * kLarge;
  resolver_.fail(base::Error{ErrorCode::kUnavailable, "not known yet"});
  serve();
  for (std::uint64_t id = 1; id <= kFit + 1; ++id)
    ASSERT_TRUE(stream_->want(id, large(kLarge)));
  const auto first = told(kFit + 1);
  EXPECT_EQ(first.at(kFit).error().code, ErrorCode::kUnavailable);
  ASSERT_EQ(first.at(kFit + 1).error().code, ErrorCode::kResourceExhausted);
  resolver_.fail(std::nullopt);
  const auto later = told(kFit);
  EXPECT_TRUE(std::ranges::all_of(later, [](const auto& news) { return news.second.has_value(); }));
  EXPECT_FALSE(later.contains(kFit + 1));
  ASSERT_TRUE(stream_->want(kFit + 1, large(kLarge)));
  EXPECT_TRUE(told(1).at(kFit + 1));
}

TEST_F(WatchManyLimitsTest, ATriggerIsNotForgottenWhileAStreamTellsOfIt) {
  table_.unused_after = std::chrono::milliseconds(100);
  serve();
  ASSERT_TRUE(stream_->want(1, trigger()));
  ASSERT_TRUE(told(1).at(1));
  const auto served = [&](const std::string& name) {
    (void)triggers_->find({"other", false, "test"}, "any", orders_metadata());  // looks for what is to be forgotten
    return std::ranges::any_of(triggers_->status(), [&](const auto& row) { return row.trigger->name == name; });
  };
  ASSERT_TRUE(triggers_->find({"shop", false, "test"}, "asked for once", orders_metadata()));
  ASSERT_TRUE(eventually([&] { return !served("asked for once"); }));
  EXPECT_TRUE(served("so-1"));
  ASSERT_TRUE(stream_->forget(1));
  EXPECT_TRUE(eventually([&] { return !served("so-1"); }));
}

}  // namespace
}  // namespace weir::rpc
