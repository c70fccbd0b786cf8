#include <future>
#include <string>

#include <gtest/gtest.h>

#include "fake_resolver.h"
#include "rpc/trigger_table.h"
#include "shifted_clock.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;
using base::ErrorCode;

class TriggerLimitsTest : public ::testing::Test {
 protected:
  auto find(const std::string& name, const std::string& ns = "shop") {
    return table_.find({ns, false, "test"}, name, orders_metadata());
  }

  // Has the trigger's first snapshot taken.
  void look(const TriggerPtr& trigger) {
    std::promise<bool> done;
    monitor_.get(trigger->subscription,
                 [&](const monitor::Monitor::Answer& answer) { done.set_value(answer.has_value()); });
    ASSERT_TRUE(done.get_future().get());
  }

  template <class T>
  void expect_exhausted(const base::Result<T>& result, const std::string& says) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
    EXPECT_NE(result.error().message.find(says), std::string::npos) << result.error().message;
  }

  NamespaceLimits limits_;
  ShiftedClock clock_;
  telemetry::Registry registry_;
  FakeResolver resolver_;
  monitor::Monitor monitor_{{}, clock_, {}, registry_};
  TriggerTable table_{{[this](const std::string&) { return limits_; }, 5min, 4}, clock_, resolver_, monitor_};
};

TEST_F(TriggerLimitsTest, TriggersOfANamespace) {
  limits_.triggers = 2;
  ASSERT_TRUE(find("a"));
  ASSERT_TRUE(find("b"));
  expect_exhausted(find("c"), "namespace shop has 2 triggers");
  EXPECT_EQ(resolver_.resolved, 2) << "no session is made for a trigger that is refused";
  EXPECT_TRUE(find("a")) << "those that are known are served";
  EXPECT_TRUE(find("a", "other")) << "another namespace is not affected";
  clock_.advance(6min);
  EXPECT_TRUE(find("a", "other"));
  EXPECT_TRUE(find("c")) << "those that were dropped no longer count";
}

TEST_F(TriggerLimitsTest, TriggersOfAllNamespacesTogether) {
  for (const std::string ns : {"a", "b", "c", "d"})
    ASSERT_TRUE(find("x", ns));
  expect_exhausted(find("x", "e"), "the scaler serves 4 triggers");
}

TEST_F(TriggerLimitsTest, BytesOfMetadata) {
  limits_.metadata_bytes = 100;
  ASSERT_TRUE(find("a"));
  limits_.metadata_bytes = 20;
  expect_exhausted(find("b"), "namespace shop may use 20");
}

TEST_F(TriggerLimitsTest, BytesOfNames) {
  EXPECT_TRUE(find(std::string(253, 'a')));
  for (const auto& refused : {find(std::string(254, 'a')), find("a", std::string(254, 'n'))}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(refused.error().message.find("254 bytes"), std::string::npos) << refused.error().message;
  }
}

TEST_F(TriggerLimitsTest, WhoeverKeepsATriggerNeedsNoRoomAmongTheStreams) {
  limits_.streams = limits_.triggers = 1;
  auto kept = table_.keep(*find("a"));
  auto again = table_.keep(*find("a"));
  ASSERT_TRUE(kept && again);
  EXPECT_TRUE(table_.open_stream(*find("a")));
  clock_.advance(6min);
  expect_exhausted(find("b"), "namespace shop has 1 triggers");
  kept->reset();
  clock_.advance(6min);
  expect_exhausted(find("b"), "namespace shop has 1 triggers");
  again->reset();
  clock_.advance(6min);
  ASSERT_TRUE(find("x", "other"));
  EXPECT_TRUE(find("b"));
}

TEST_F(TriggerLimitsTest, StreamsOfANamespace) {
  limits_.streams = 2;
  const auto trigger = find("a");
  auto first = table_.open_stream(*trigger);
  const auto second = table_.open_stream(*trigger);
  ASSERT_TRUE(first && second);
  expect_exhausted(table_.open_stream(*find("b")), "namespace shop has 2 open streams");
  EXPECT_TRUE(table_.open_stream(*find("b", "other")));
  EXPECT_EQ(table_.status().size(), 3U);
  first->reset();
  EXPECT_TRUE(table_.open_stream(*find("b")));
}

TEST_F(TriggerLimitsTest, PartitionsOfANamespaceAreTakenByThoseThatCameFirst) {
  limits_.partitions = 3;
  const auto first = find("a");
  look(*first);
  ASSERT_TRUE(find("a"));  // counts 2 of 3
  const auto second = find("b");
  expect_exhausted(second, "2 partitions and 2 of other triggers in namespace shop");
  EXPECT_TRUE(find("a"));
  expect_exhausted(find("b"), "over its limit of 3");
  limits_.partitions = 4;
  clock_.advance(6s);
  EXPECT_TRUE(find("b"));
  expect_exhausted(find("c"), "watch 4 partitions, its limit is 4");
}

TEST_F(TriggerLimitsTest, ATriggerThatIsDroppedGivesItsPartitionsBack) {
  limits_.partitions = 2;
  look(*find("a"));
  ASSERT_TRUE(find("a"));
  expect_exhausted(find("b"), "watch 2 partitions");
  clock_.advance(6min);
  ASSERT_TRUE(find("x", "other"));
  EXPECT_TRUE(find("b"));
}

}  // namespace
}  // namespace weir::rpc
