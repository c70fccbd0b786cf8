#include <gtest/gtest.h>

#include "rpc/lag_client.h"
#include "server_fixture.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

class WatchManyTest : public ServerFixture {
 protected:
  WatchManyTest() {
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

  std::unique_ptr<lag::LagNewsClient> client_;
  std::unique_ptr<lag::LagNewsStream> stream_;
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
  std::map<std::uint64_t, base::Result<lag::LagSummary>> told;
  while (told.size() < 2)
    for (const auto& news : next())
      told.insert_or_assign(news.id, news.summary);
  EXPECT_EQ(told.at(1).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(told.at(2).has_value());
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

}  // namespace
}  // namespace weir::rpc
