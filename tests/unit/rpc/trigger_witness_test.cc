#include <gtest/gtest.h>

#include "fake_resolver.h"
#include "rpc/trigger_table.h"
#include "shifted_clock.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

// Vouches for what it is told to.
class FakeWitness final : public CallerWitness {
 public:
  base::Result<void> vouch(const Caller&, const std::string& name, const scaling::TriggerMetadata&) override {
    ++asked;
    if (name == "new") return base::fail(ErrorCode::kUnavailable, "not known yet");
    if (name != believed) return base::fail(ErrorCode::kPermissionDenied, "no such trigger");
    return {};
  }
  base::Result<scaling::TriggerMetadata> expand(const std::string&,
                                                const scaling::TriggerMetadata& metadata) const override {
    auto expanded = metadata;
    expanded.insert(group.begin(), group.end());
    return expanded;
  }
  std::uint64_t generation() const override { return version; }

  std::string believed = "orders";
  scaling::TriggerMetadata group = orders_metadata();
  std::uint64_t version = 1;
  int asked = 0;
};

class TriggerWitnessTest : public ::testing::Test {
 protected:
  base::Result<TriggerPtr> find(const std::string& name, const scaling::TriggerMetadata& metadata) {
    return table_.find({"shop", false, "test"}, name, metadata);
  }
  static scaling::TriggerMetadata with_secret() {
    auto metadata = orders_metadata();
    metadata["authSecret"] = "kafka";
    return metadata;
  }

  ShiftedClock clock_;
  telemetry::Registry registry_;
  FakeResolver resolver_;
  FakeWitness witness_;
  monitor::Monitor monitor_{{}, clock_, {}, registry_};
  TriggerTable table_{{.limits = [](const std::string&) { return NamespaceLimits(); }, .witness = &witness_},
                      clock_,
                      resolver_,
                      monitor_};
};

TEST_F(TriggerWitnessTest, IsAskedOnlyWhereItMatters) {
  EXPECT_TRUE(find("stranger", orders_metadata()));
  EXPECT_EQ(witness_.asked, 0);
  EXPECT_TRUE(table_.find({"shop", true, "keda"}, "stranger", with_secret()));
  EXPECT_EQ(witness_.asked, 0) << "a certificate is enough";
  EXPECT_TRUE(find("orders", with_secret()));
  EXPECT_EQ(witness_.asked, 1);
}

TEST_F(TriggerWitnessTest, WhoItDoesNotVouchForIsRefusedInItsWords) {
  const auto refused = find("stranger", with_secret());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), (base::Error{ErrorCode::kPermissionDenied, "no such trigger"}));
  EXPECT_EQ(find("new", with_secret()).error().code, ErrorCode::kUnavailable);
}

TEST_F(TriggerWitnessTest, BeliefEndsWithTheObject) {
  const auto trigger = find("orders", with_secret());
  ASSERT_TRUE(trigger);
  witness_.believed = "another";
  EXPECT_TRUE(find("orders", with_secret())) << "nothing is said to have changed";
  ++witness_.version;
  EXPECT_EQ(find("orders", with_secret()).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(table_.renew(*trigger).error().code, ErrorCode::kPermissionDenied) << "for streams";
  EXPECT_TRUE(find("orders", orders_metadata())) << "what needs nobody's word goes on";
}

TEST_F(TriggerWitnessTest, AGroupIsReadOnlyForWhoIsBelieved) {
  const scaling::TriggerMetadata by_name{{"consumerGroupRef", "orders"}};
  EXPECT_EQ(find("stranger", by_name).error().code, ErrorCode::kPermissionDenied);
  const auto trigger = find("orders", by_name);
  ASSERT_TRUE(trigger);
  EXPECT_EQ((*trigger)->spec.group, "billing");
}

TEST_F(TriggerWitnessTest, AnEditOfTheGroupMakesAnotherTriggerOfTheSameRequest) {
  const scaling::TriggerMetadata by_name{{"consumerGroupRef", "orders"}};
  const auto before = find("orders", by_name);
  ASSERT_TRUE(before);
  witness_.group["lagThreshold"] = "70";
  ++witness_.version;
  const auto after = table_.renew(*before);
  ASSERT_TRUE(after);
  EXPECT_NE(*after, *before) << "streams end by it";
  EXPECT_EQ((*after)->spec.policy.lag_threshold, 70);
  EXPECT_EQ(find("orders", by_name), *after);
  ++witness_.version;
  EXPECT_EQ(table_.renew(*after), *after) << "nothing of it changed";
}

}  // namespace
}  // namespace weir::rpc
