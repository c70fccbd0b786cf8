#include "rpc/error_log.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;

class ErrorLogTest : public ::testing::Test {
 protected:
  bool failed(const std::string& name, const std::string& message, const scaling::TriggerMetadata& metadata = {}) {
    return log_.failed("shop", name, metadata, "GetMetrics", {base::ErrorCode::kUnavailable, message});
  }

  testing::FakeClock clock_;
  ErrorLog log_{clock_, {}, 5min};
};

TEST_F(ErrorLogTest, ARepeatedErrorIsLoggedAgainOnlyAfterAWhile) {
  EXPECT_TRUE(failed("orders", "broker away"));
  EXPECT_FALSE(failed("orders", "broker away"));
  clock_.advance(299s);
  EXPECT_FALSE(failed("orders", "broker away"));
  clock_.advance(1s);
  EXPECT_TRUE(failed("orders", "broker away"));
  EXPECT_FALSE(failed("orders", "broker away"));
}

TEST_F(ErrorLogTest, AnotherMessageIsNews) {
  EXPECT_TRUE(failed("orders", "broker away"));
  EXPECT_TRUE(failed("orders", "topic gone"));
  EXPECT_FALSE(failed("orders", "topic gone"));
}

TEST_F(ErrorLogTest, EachTriggerHasItsOwnErrors) {
  EXPECT_TRUE(failed("orders", "broker away"));
  EXPECT_TRUE(failed("bills", "broker away"));
  EXPECT_TRUE(failed("orders", "broker away", {{"topic", "second trigger"}}));
}

TEST_F(ErrorLogTest, RecoveryIsLoggedOnceAndTheNextErrorAgain) {
  EXPECT_FALSE(log_.succeeded("shop", "orders", {}));
  failed("orders", "broker away");
  EXPECT_FALSE(log_.succeeded("shop", "orders", {{"topic", "second trigger"}}));
  EXPECT_TRUE(log_.succeeded("shop", "orders", {}));
  EXPECT_FALSE(log_.succeeded("shop", "orders", {}));
  EXPECT_TRUE(failed("orders", "broker away"));
}

}  // namespace
}  // namespace weir::rpc
