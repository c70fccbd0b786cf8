#include "rpc/trigger_table.h"

#include <gtest/gtest.h>

#include "fake_resolver.h"
#include "shifted_clock.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

class TriggerTableTest : public ::testing::Test {
 protected:
  const Caller caller_{"shop", false, "test"};
  ShiftedClock clock_;
  telemetry::Registry registry_;
  FakeResolver resolver_;
  monitor::Monitor monitor_{{}, clock_, {}, registry_};
  TriggerTable table_{{[](const std::string&) { return NamespaceLimits(); }, 5min}, clock_, resolver_, monitor_};
};

TEST_F(TriggerTableTest, TheSameRequestIsTheSameTriggerAndResolvedOnce) {
  const auto first = table_.find(caller_, "orders", orders_metadata());
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->ns, "shop");
  EXPECT_EQ((*first)->name, "orders");
  EXPECT_EQ((*first)->spec.metric_name, "kafka-orders");
  EXPECT_EQ(table_.find(caller_, "orders", orders_metadata()), *first);
  EXPECT_EQ(resolver_.resolved, 1);
}

TEST_F(TriggerTableTest, WhatDiffersInAnyPartIsAnotherTriggerOnTheSameSubscription) {
  const auto first = table_.find(caller_, "orders", orders_metadata());
  auto metadata = orders_metadata();
  metadata["lagThreshold"] = "51";
  for (const auto& other : {table_.find(caller_, "orders", metadata), table_.find(caller_, "order", orders_metadata()),
                            table_.find({"shop2", false, ""}, "orders", orders_metadata()),
                            table_.find({"shop", true, ""}, "orders", orders_metadata())}) {
    ASSERT_TRUE(other);
    EXPECT_NE(*other, *first);
    EXPECT_EQ((*other)->subscription, (*first)->subscription);
  }
  EXPECT_EQ(table_.status().size(), 5U);
}

TEST_F(TriggerTableTest, LettersCannotMoveBetweenFieldsUnseen) {
  auto metadata = orders_metadata();
  metadata["a"] = "bc";
  const auto first = table_.find(caller_, "orders", metadata);
  metadata.erase("a");
  metadata["ab"] = "c";
  EXPECT_NE(table_.find(caller_, "orders", metadata), first);
  EXPECT_NE(table_.find({"shopo", false, ""}, "rders", metadata), table_.find(caller_, "orders", metadata));
}

TEST_F(TriggerTableTest, AnUntrustedCallerDoesNotProfitFromATrustedOne) {
  auto metadata = orders_metadata();
  metadata["authSecret"] = "kafka";
  ASSERT_TRUE(table_.find({"shop", true, "keda"}, "orders", metadata));
  const auto denied = table_.find(caller_, "orders", metadata);
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, ErrorCode::kPermissionDenied);
}

TEST_F(TriggerTableTest, ErrorsAreNotKept) {
  resolver_.fail(base::Error{ErrorCode::kNotFound, "no Secret"});
  EXPECT_EQ(table_.find(caller_, "orders", orders_metadata()).error(),
            (base::Error{ErrorCode::kNotFound, "no Secret"}));
  EXPECT_FALSE(table_.find(caller_, "orders", orders_metadata()));
  EXPECT_EQ(resolver_.resolved, 2);
  EXPECT_EQ(table_.find(caller_, "orders", {{"lagThreshold", "x"}}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(table_.status().empty());
}

TEST_F(TriggerTableTest, ARotatedSecretLeadsToAnotherSubscription) {
  const auto before = table_.find(caller_, "orders", orders_metadata());
  const auto source = resolver_.replace();
  const auto after = table_.find(caller_, "orders", orders_metadata());
  ASSERT_TRUE(after);
  EXPECT_NE((*after)->subscription, (*before)->subscription);
  EXPECT_EQ(table_.renew(*before), *after);
  EXPECT_EQ(table_.status().size(), 1U);
  EXPECT_EQ(resolver_.resolved, 2);
}

TEST_F(TriggerTableTest, AnotherSecretsRotationChangesNothing) {
  const auto before = table_.find(caller_, "orders", orders_metadata());
  resolver_.touch();
  EXPECT_EQ(table_.renew(*before), *before);
  EXPECT_EQ(table_.find(caller_, "orders", orders_metadata()), *before);
  EXPECT_EQ(resolver_.resolved, 2);
}

TEST_F(TriggerTableTest, ASecretThatIsGoneIsAnErrorUntilItIsBack) {
  const auto before = table_.find(caller_, "orders", orders_metadata());
  resolver_.fail(base::Error{ErrorCode::kNotFound, "no Secret"});
  EXPECT_EQ(table_.find(caller_, "orders", orders_metadata()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(table_.renew(*before).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(table_.find(caller_, "orders", orders_metadata()).error().code, ErrorCode::kNotFound);
}

TEST_F(TriggerTableTest, WhatNobodyAsksForIsDropped) {
  ASSERT_TRUE(table_.find(caller_, "old", orders_metadata()));
  clock_.advance(4min);
  ASSERT_TRUE(table_.find(caller_, "young", orders_metadata()));
  clock_.advance(2min);
  ASSERT_TRUE(table_.find(caller_, "young", orders_metadata()));
  const auto rows = table_.status();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].trigger->name, "young");
}

TEST_F(TriggerTableTest, AnOpenStreamKeepsItsTrigger) {
  auto trigger = table_.find(caller_, "streamed", orders_metadata());
  auto stream = table_.open_stream(*trigger);
  ASSERT_TRUE(stream);
  clock_.advance(10min);
  ASSERT_TRUE(table_.find(caller_, "other", orders_metadata()));
  EXPECT_EQ(table_.status().size(), 2U);
  stream->reset();
  clock_.advance(6min);
  ASSERT_TRUE(table_.find(caller_, "other", orders_metadata()));
  EXPECT_EQ(table_.status().size(), 1U);
}

TEST_F(TriggerTableTest, ActivityIsRememberedAcrossRotation) {
  const auto trigger = table_.find(caller_, "orders", orders_metadata());
  EXPECT_EQ(table_.exchange_activity(*trigger, true), std::nullopt);
  EXPECT_EQ(table_.exchange_activity(*trigger, true), true);
  resolver_.replace();
  const auto after = table_.find(caller_, "orders", orders_metadata());
  EXPECT_EQ(table_.exchange_activity(*after, false), true);
  EXPECT_EQ(table_.exchange_activity(*after, true), false);
}

TEST_F(TriggerTableTest, StatusShowsSnapshotAndDecision) {
  const auto trigger = table_.find(caller_, "orders", orders_metadata());
  EXPECT_FALSE(table_.status()[0].decision);
  const auto guard = monitor_.listen((*trigger)->subscription, [](const auto&) {});
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!table_.status()[0].decision && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(1ms);
  const auto row = table_.status()[0];
  ASSERT_TRUE(row.decision && *row.decision);
  EXPECT_EQ((*row.decision)->metric_value, 60);
  EXPECT_EQ(row.session, "fake");
  EXPECT_EQ(row.streams, 0U);
}

}  // namespace
}  // namespace weir::rpc
