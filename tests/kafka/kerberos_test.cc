// GSSAPI with a keytab, against a KDC of the test.

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using ::testing::HasSubstr;

class KerberosSession : public SessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker({"--listeners", "gssapi"});
    KafkaAdmin(broker_->bootstrap()).create_topic("orders", 2);
  }
  static void TearDownTestSuite() { delete broker_; }

  static std::map<std::string, std::string> authentication(const std::string& user) {
    return {{"sasl", "gssapi"},
            {"username", user},
            {"realm", "WEIR.TEST"},
            {"keytab", broker_->file("krb5/alice.keytab")},
            {"kerberosConfig", broker_->file("krb5/krb5.conf")}};
  }

  static inline KafkaBroker* broker_ = nullptr;
};

TEST_F(KerberosSession, GetsTicketsWithItsKeytab) {
  options_.request_timeout = kEnough;
  const auto source = session(broker_->bootstrap("gssapi"), authentication("alice"));
  const auto count = partition_count(*source, "orders");
  ASSERT_TRUE(count.has_value()) << count.error().message;
  EXPECT_EQ(*count, 2);
  EXPECT_TRUE(commits(*source, "group").value().empty());
}

TEST_F(KerberosSession, OfAnotherIdentityMustWaitUntilTheFirstIsClosed) {
  options_.request_timeout = kEnough;
  const auto alice = session(broker_->bootstrap("gssapi"), authentication("alice"));
  ASSERT_TRUE(partition_count(*alice, "orders").has_value());
  const auto bob = session(broker_->bootstrap("gssapi"), authentication("bob"));
  const auto error = partition_count(*bob, "orders").error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, HasSubstr("alice@WEIR.TEST"));
}

TEST_F(KerberosSession, OfAUserThatIsNotInTheKeytabIsRefused) {
  const auto source = session(broker_->bootstrap("gssapi"), authentication("bob"));
  const auto error = partition_count(*source, "orders").error();
  EXPECT_EQ(error.code, ErrorCode::kUnauthenticated) << error.message;
  EXPECT_THAT(error.message, HasSubstr("user \"bob\" (GSSAPI)"));
}

}  // namespace
}  // namespace weir::test
