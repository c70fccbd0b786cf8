// Every way to authenticate but OAUTHBEARER and GSSAPI, right and wrong, and what ACLs are needed.

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using lag::LogPosition;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;

using Authentication = std::map<std::string, std::string>;

class Security : public SessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker({"--acl", "--listeners", "sasl_plain,sasl_scram,sasl_ssl_scram,ssl,ssl_mtls"});
    admin_ = new KafkaAdmin(broker_->bootstrap());
    admin_->create_topic("orders", 2);
    admin_->create_topic("denied", 1);
    admin_->produce("orders", 0, 9);
    admin_->commit("group", "orders", {{0, 4}});
    admin_->commit("denied-group", "orders", {{0, 4}});
    for (const auto* who : {"User:alice", "User:ANONYMOUS", "User:CN=client"}) {
      admin_->allow_topic(who, "orders");
      admin_->allow_group(who, "group");
    }
  }
  static void TearDownTestSuite() {
    delete admin_;
    delete broker_;
  }

  static Authentication scram(const std::string& user, const std::string& password) {
    return {{"sasl", "scram_sha512"}, {"username", user}, {"password", password}};
  }
  static Authentication with_tls(Authentication authentication) {
    authentication["tls"] = "enable";
    authentication["ca"] = broker_->file("pki/ca.crt");
    return authentication;
  }
  static Authentication with_client_certificate(const std::string& key, const std::string& key_password = "") {
    return {{"tls", "enable"},
            {"ca", broker_->file("pki/ca.crt")},
            {"cert", broker_->file("pki/client.crt")},
            {"key", broker_->file(key)},
            {"keyPassword", key_password}};
  }

  void expect_lag_is_readable(const std::string& listener, const Authentication& authentication) {
    const auto source = session(broker_->bootstrap(listener), authentication);
    const auto count = partition_count(*source, "orders");
    ASSERT_TRUE(count.has_value()) << listener << ": " << count.error().message;
    EXPECT_EQ(*count, 2);
    const auto found = commits(*source, "group", {{"orders", 2}});
    ASSERT_TRUE(found.has_value()) << listener << ": " << found.error().message;
    EXPECT_EQ(found->at(0).commits.at(0).second, 4);
    EXPECT_EQ(log_offset(*source, "orders", 0, LogPosition::kEnd).value(), 9);
  }

  // The first call's error, which must come sooner than its deadline.
  base::Error refused(const std::string& listener, const Authentication& authentication) {
    const auto source = session(broker_->bootstrap(listener), authentication);
    const auto started = steady_clock::now();
    const auto count = partition_count(*source, "orders");
    EXPECT_FALSE(count.has_value());
    EXPECT_LT(steady_clock::now() - started, milliseconds(1900)) << listener;
    // And so do all others, of either kind.
    EXPECT_EQ(commits(*source, "group").error(), count.error());
    EXPECT_EQ(log_offset(*source, "orders", 0, LogPosition::kEnd).error(), count.error());
    return count.error();
  }

  static inline KafkaBroker* broker_ = nullptr;
  static inline KafkaAdmin* admin_ = nullptr;
};

TEST_F(Security, LetsInWhoeverHasTheRightCredentials) {
  options_.request_timeout = kEnough;
  expect_lag_is_readable("plain", {});
  expect_lag_is_readable("sasl_plain", {{"sasl", "plaintext"}, {"username", "alice"}, {"password", "alice-secret"}});
  expect_lag_is_readable("sasl_scram", {{"sasl", "scram_sha256"}, {"username", "alice"}, {"password", "alice-secret"}});
  expect_lag_is_readable("sasl_scram", scram("alice", "alice-secret"));
  expect_lag_is_readable("sasl_ssl_scram", with_tls(scram("alice", "alice-secret")));
  expect_lag_is_readable("ssl", with_tls({}));
  expect_lag_is_readable("ssl", {{"tls", "enable"}, {"unsafeSsl", "true"}});
  expect_lag_is_readable("ssl_mtls", with_client_certificate("pki/client.key"));
  expect_lag_is_readable("ssl_mtls", with_client_certificate("pki/client-encrypted.key", "key-secret"));
}

TEST_F(Security, NamesTheUserOfAWrongPasswordAndNotThePassword) {
  const std::vector<std::pair<std::string, Authentication>> wrong{
      {"sasl_ssl_scram", with_tls(scram("alice", "not-her-secret"))},
      {"sasl_scram", {{"sasl", "scram_sha256"}, {"username", "alice"}, {"password", "not-her-secret"}}},
      {"sasl_plain", {{"sasl", "plaintext"}, {"username", "alice"}, {"password", "not-her-secret"}}},
  };
  for (const auto& [listener, authentication] : wrong) {
    const auto error = refused(listener, authentication);
    EXPECT_EQ(error.code, ErrorCode::kUnauthenticated) << error.message;
    EXPECT_THAT(error.message, HasSubstr("refused the credentials of user \"alice\"")) << listener;
    EXPECT_THAT(error.message, HasSubstr(broker_->bootstrap(listener)));
    EXPECT_THAT(error.message, Not(HasSubstr("not-her-secret")));
  }
  for (const auto& status : pool().status()) {
    EXPECT_THAT(status.last_error, HasSubstr("refused the credentials"));
    EXPECT_THAT(status.last_error + status.name + status.authentication, Not(HasSubstr("not-her-secret")));
  }
}

TEST_F(Security, SaysWhatIsWrongWithTls) {
  struct Row {
    std::string listener;
    Authentication authentication;
    ErrorCode code;
    std::string message;
  };
  const std::vector<Row> rows{
      {"ssl", {{"tls", "enable"}}, ErrorCode::kUnauthenticated, "set ca to the certificate"},
      {"ssl_mtls", with_tls({}), ErrorCode::kUnauthenticated, "wants a client certificate: set cert and key"},
      {"sasl_ssl_scram",
       {{"tls", "enable"}, {"sasl", "scram_sha512"}, {"username", "alice"}, {"password", "alice-secret"}},
       ErrorCode::kUnauthenticated,
       "set ca to the certificate"},
      {"sasl_scram", with_tls(scram("alice", "alice-secret")), ErrorCode::kUnavailable, "check that tls"},
      {"sasl_ssl_scram", scram("alice", "alice-secret"), ErrorCode::kUnavailable, "check that tls"},
      {"sasl_plain", scram("alice", "alice-secret"), ErrorCode::kUnauthenticated,
       "does not offer SCRAM-SHA-512: set sasl"},
      {"sasl_scram",
       {{"sasl", "plaintext"}, {"username", "alice"}, {"password", "alice-secret"}},
       ErrorCode::kUnauthenticated,
       "does not offer PLAIN: set sasl to what its listener offers (SCRAM"},
      {"ssl", {}, ErrorCode::kUnavailable, "check that tls and sasl fit"},
      {"sasl_plain", {}, ErrorCode::kUnavailable, "check that tls and sasl fit"},
  };
  for (const auto& row : rows) {
    const auto source = session(broker_->bootstrap(row.listener), row.authentication);
    const auto error = partition_count(*source, "orders").error();
    EXPECT_EQ(error.code, row.code) << error.message;
    EXPECT_THAT(error.message, HasSubstr(row.message));
  }
}

TEST_F(Security, SaysThatAKeyCannotBeReadWithoutShowingIt) {
  const auto source =
      session(broker_->bootstrap("ssl_mtls"), with_client_certificate("pki/client-encrypted.key", "wrong"));
  const auto error = partition_count(*source, "orders").error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.message, Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(Security, DescribeOnTopicAndGroupSufficesAndADeniedOneIsNamed) {
  const auto source = session(broker_->bootstrap("sasl_scram"), scram("alice", "alice-secret"));
  const auto counts = source->partition_counts(std::vector<std::string>{"orders", "denied"}, in(kEnough));
  EXPECT_EQ(counts[0].value(), 2);
  EXPECT_EQ(counts[1].error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(counts[1].error().message, HasSubstr("denies topic \"denied\" to user \"alice\""));

  const auto offsets = source->log_offsets(std::vector<lag::LogOffsetRequest>{{"denied", {0}}, {"orders", {0, 1}}},
                                           LogPosition::kEnd, in(kEnough));
  EXPECT_EQ(offsets[0][0].error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(offsets[1][0].value(), 9);

  const auto groups = source->committed(
      std::vector<lag::CommittedRequest>{
          {"denied-group", {{"orders", 2}}}, {"group", {{"orders", 2}}}, {"group", {{"denied", 1}}}},
      in(kEnough));
  EXPECT_EQ(groups[0].error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(groups[0].error().message, HasSubstr("denies group \"denied-group\""));
  EXPECT_EQ(groups[1].value().offsets->at(0).partitions.at(0).committed, 4);
  EXPECT_EQ(groups[2].error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(groups[2].error().message, HasSubstr("denies topic \"denied\""));
}

}  // namespace
}  // namespace weir::test
