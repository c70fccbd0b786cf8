#include "rpc/lag_client.h"

#include <vector>

#include "server_fixture.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

class LagClientTest : public ServerFixture {
 protected:
  void connect() {
    start();
    auto made = make_lag_client(address());
    ASSERT_TRUE(made);
    client_ = *std::move(made);
  }

  const lag::TriggerReference trigger_{"shop", "orders", orders_metadata()};
  std::unique_ptr<lag::LagClient> client_;
};

TEST_F(LagClientTest, DescribesEachPartitionAndTheDecision) {
  connect();
  const auto description = client_->describe(trigger_);
  ASSERT_TRUE(description) << description.error().message;
  EXPECT_EQ(description->group, "billing");
  ASSERT_EQ(description->topics.size(), 1U);
  EXPECT_EQ(description->topics[0].topic, "orders");
  const std::vector<lag::DescribedPartition> partitions{{0, 40, 0, 100, {}, 60, 60, "behind"},
                                                        {1, 100, {}, 100, {}, 0, 0, "caught_up"}};
  ASSERT_EQ(description->topics[0].partitions.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& got = description->topics[0].partitions[i];
    EXPECT_EQ(got.partition, partitions[i].partition);
    EXPECT_EQ(got.committed, partitions[i].committed);
    EXPECT_EQ(got.log_end, partitions[i].log_end);
    EXPECT_EQ(got.lag, partitions[i].lag);
    EXPECT_EQ(got.activity_lag, partitions[i].activity_lag);
    EXPECT_EQ(got.reason, partitions[i].reason);
  }
  EXPECT_EQ(description->metric_name, "kafka-orders");
  EXPECT_EQ(description->metric_value, 60);
  EXPECT_EQ(description->target, 50);
  EXPECT_TRUE(description->active);
  EXPECT_EQ(description->desired_replicas, 2);
  EXPECT_EQ(description->decision_reason, "lag");
  EXPECT_EQ(description->total_lag, 60);
  EXPECT_EQ(description->session, "fake");
  EXPECT_EQ(description->refresh_error, "");
  const auto age = clock_.system_now() - description->snapshot_time;
  EXPECT_GE(age, -1s);
  EXPECT_LT(age, 10s);
}

TEST_F(LagClientTest, AGroupWithoutACommitHasNone) {
  connect();
  auto trigger = trigger_;
  trigger.metadata["consumerGroup"] = "new";
  const auto description = client_->describe(trigger);
  ASSERT_TRUE(description);
  EXPECT_EQ(description->topics[0].partitions[0].committed, std::nullopt);
  EXPECT_EQ(description->topics[0].partitions[0].reason, "no_commit_latest");
}

TEST_F(LagClientTest, ErrorsAreTheScalers) {
  connect();
  resolver_.source()->fail(base::Error{ErrorCode::kNotFound, "topic orders does not exist"});
  const auto description = client_->describe(trigger_);
  ASSERT_FALSE(description);
  EXPECT_EQ(description.error().code, ErrorCode::kNotFound);
  const auto watched = client_->watch(trigger_, [](const auto&) { return true; });
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, ErrorCode::kNotFound);
}

TEST_F(LagClientTest, AScalerThatIsAwayIsUnavailableAndNamed) {
  connect();
  const std::string where = address();
  server_.reset();
  const auto description = client_->describe(trigger_);
  ASSERT_FALSE(description);
  EXPECT_EQ(description.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(description.error().message.find(where), std::string::npos) << description.error().message;
}

TEST_F(LagClientTest, WatchTellsOfEachChangeAndOfNothingElse) {
  connect();
  std::vector<std::int64_t> lags;
  const int before = resolver_.source()->counts().committed;
  const auto watched = client_->watch(trigger_, [&](const lag::LagDescription& description) {
    lags.push_back(description.total_lag);
    if (lags.size() == 1) {
      // Several refreshes bring nothing new in between.
      EXPECT_TRUE(eventually([&] { return resolver_.source()->counts().committed > before + 5; }));
      resolver_.source()->end("orders", 0, 150);
    }
    return lags.size() < 2;
  });
  EXPECT_TRUE(watched);
  EXPECT_EQ(lags, (std::vector<std::int64_t>{60, 110}));
}

TEST_F(LagClientTest, WatchTellsThatRefreshesFailWhileTheSnapshotStands) {
  connect();
  std::vector<std::string> errors;
  ASSERT_TRUE(client_->watch(trigger_, [&](const lag::LagDescription& description) {
    errors.push_back(description.refresh_error);
    EXPECT_EQ(description.total_lag, 60);
    if (errors.size() == 1) resolver_.source()->fail(base::Error{ErrorCode::kUnavailable, "broker away"});
    return errors.size() < 2;
  }));
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0], "");
  EXPECT_NE(errors[1].find("broker away"), std::string::npos) << errors[1];
}

TEST_F(LagClientTest, WatchEndsWithoutErrorWhenTheScalerStops) {
  connect();
  EXPECT_TRUE(client_->watch(trigger_, [&](const auto&) {
    server_->shutdown(2s);
    return true;
  }));
}

}  // namespace
}  // namespace weir::rpc
