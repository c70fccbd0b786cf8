// OAUTHBEARER: tokens from an endpoint of the test, on a broker that takes unsigned ones.

#include <future>
#include <mutex>

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"
#include "support/token_server.h"

namespace weir::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::Not;

class Oauth : public SessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker({"--listeners", "oauth", "--set", "connections.max.reauth.ms=60000"});
    KafkaAdmin(broker_->bootstrap()).create_topic("orders", 3);
  }
  static void TearDownTestSuite() { delete broker_; }

  std::map<std::string, std::string> authentication(const std::string& password) const {
    return {{"sasl", "oauthbearer"},
            {"username", "weir client"},
            {"password", password},
            {"scopes", "kafka,lag:read"},
            {"oauthExtensions", "logicalCluster=lkc-1,identityPoolId=pool-1"},
            {"oauthTokenEndpointUri", tokens_.url()}};
  }

  TokenServer tokens_{"weir client", "s3cret/+ &"};
  static inline KafkaBroker* broker_ = nullptr;
};

TEST_F(Oauth, GetsATokenWithScopesAndUsesIt) {
  const auto source = session(broker_->bootstrap("oauth"), authentication("s3cret/+ &"));
  EXPECT_EQ(partition_count(*source, "orders").value(), 3);
  EXPECT_EQ(tokens_.last_scope(), "kafka lag:read");
  EXPECT_EQ(tokens_.granted(), 1);
}

TEST_F(Oauth, SendsTheClientInTheBodyWhereTheEndpointTakesItOnlyThere) {
  tokens_.refuse_basic_authentication();
  const auto source = session(broker_->bootstrap("oauth"), authentication("s3cret/+ &"));
  EXPECT_EQ(partition_count(*source, "orders").value(), 3);
}

TEST_F(Oauth, GetsANewTokenBeforeTheOldOneEnds) {
  tokens_.set_lifetime(std::chrono::seconds(2));
  const auto source = session(broker_->bootstrap("oauth"), authentication("s3cret/+ &"));
  EXPECT_EQ(partition_count(*source, "orders").value(), 3);
  const auto until = in(kEnough);
  while (tokens_.granted() < 3) {
    ASSERT_LT(std::chrono::steady_clock::now(), until);
    ASSERT_TRUE(log_offset(*source, "orders", 0, lag::LogPosition::kEnd).has_value());
  }
}

// The broker is found under another name than it tells of itself, and connected to under both.
TEST_F(Oauth, WatchesWhereATokenTakesLong) {
  tokens_.answer_after(milliseconds(1200));
  std::string bootstrap = broker_->bootstrap("oauth");
  bootstrap.replace(0, bootstrap.rfind(':'), "localhost");
  KafkaAdmin admin(broker_->bootstrap());
  admin.create_topic("slow", 1);
  const auto source = session(bootstrap, authentication("s3cret/+ &"));
  std::promise<void> heard;
  std::once_flag once;
  const auto watch = source->watch_log_ends(
      [&](const std::vector<lag::LogEndMove>&) { std::call_once(once, [&] { heard.set_value(); }); });
  watch->watch({{"slow", 0, 0}});
  admin.produce("slow", 0, 1);
  EXPECT_EQ(heard.get_future().wait_for(kEnough), std::future_status::ready);
}

TEST_F(Oauth, NamesTheEndpointThatRefusesTheClient) {
  const auto source = session(broker_->bootstrap("oauth"), authentication("wrong"));
  const auto started = std::chrono::steady_clock::now();
  const auto error = partition_count(*source, "orders").error();
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(1900));
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated) << error.message;
  EXPECT_THAT(error.message, HasSubstr(tokens_.url()));
  EXPECT_THAT(error.message, HasSubstr("invalid_client"));
  EXPECT_THAT(error.message, Not(HasSubstr("wrong")));
}

TEST_F(Oauth, NamesTheEndpointThatDoesNotAnswer) {
  auto parameters = authentication("s3cret/+ &");
  parameters["oauthTokenEndpointUri"] = "http://127.0.0.1:1/token";
  const auto source = session(broker_->bootstrap("oauth"), parameters);
  const auto error = partition_count(*source, "orders").error();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable) << error.message;
  EXPECT_THAT(error.message, HasSubstr("http://127.0.0.1:1/token"));
}

TEST_F(Oauth, SaysThatKafkaRefusedTheToken) {
  tokens_.grant_expired_tokens();
  const auto source = session(broker_->bootstrap("oauth"), authentication("s3cret/+ &"));
  const auto error = partition_count(*source, "orders").error();
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated) << error.message;
  EXPECT_THAT(error.message, HasSubstr("refused the token that user \"weir client\" got from " + tokens_.url()));
}

}  // namespace
}  // namespace weir::test
