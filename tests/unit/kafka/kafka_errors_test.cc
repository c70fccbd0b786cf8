#include "kafka/kafka_errors.h"

#include <gmock/gmock.h>

#include "kafka/connection_state.h"

namespace weir::kafka {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;

const Identity kAlice{"kafka-1:9092,kafka-2:9092", "alice", SaslMechanism::kScramSha512, ""};
const Identity kNobody{"kafka-1:9092", "", SaslMechanism::kNone, ""};

TEST(KafkaErrors, OfTopicsAndGroupsSayWhatToChange) {
  const auto missing = topic_error(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "orders", kAlice);
  EXPECT_EQ(missing.code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.message,
            "topic \"orders\" does not exist in Kafka at kafka-1:9092,kafka-2:9092: create it or correct the name");

  const auto denied = topic_error(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "orders", kAlice);
  EXPECT_EQ(denied.code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(denied.message, HasSubstr("denies topic \"orders\" to user \"alice\": add an ACL that allows DESCRIBE"));

  const auto group = group_error(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "billing", kNobody);
  EXPECT_EQ(group.code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(group.message, HasSubstr("denies group \"billing\" to clients without a user"));

  EXPECT_EQ(group_error(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, "g", kAlice).code, ErrorCode::kUnavailable);
  EXPECT_EQ(group_error(RD_KAFKA_RESP_ERR_INVALID_GROUP_ID, "", kAlice).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(topic_error(RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, "a b", kAlice).code, ErrorCode::kNotFound);
  EXPECT_EQ(cluster_error(RD_KAFKA_RESP_ERR__AUTHENTICATION, kAlice).code, ErrorCode::kUnauthenticated);
}

struct Row {
  const char* name;
  rd_kafka_resp_err_t err;
  const char* text;
  Identity identity;
  ErrorCode code;
  const char* message;
};

TEST(KafkaErrors, OfConnectionsSayWhatToChange) {
  const Identity token{"k:1", "client", SaslMechanism::kOauthBearer, "https://idp/token"};
  const Identity certified{"kafka-1:9092", "", SaslMechanism::kNone, "", true};
  const std::vector<Row> rows{
      {"a wrong password", RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_ssl://kafka-2:9092/2: SASL authentication error: Authentication failed", kAlice,
       ErrorCode::kUnauthenticated,
       "Kafka at kafka-2:9092 refused the credentials of user \"alice\" (SCRAM-SHA-512): check username and password "
       "in the "
       "Secret"},
      {"a token that is refused", RD_KAFKA_RESP_ERR__AUTHENTICATION, "sasl_plaintext://k:1/1: SASL error", token,
       ErrorCode::kUnauthenticated,
       "Kafka at k:1 refused the token that user \"client\" got from https://idp/token (OAUTHBEARER): check username, "
       "password, scopes and oauthExtensions in the Secret"},
      {"an unknown authority", RD_KAFKA_RESP_ERR__SSL,
       "ssl://kafka-1:9092/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: "
       "broker",
       kNobody, ErrorCode::kUnauthenticated,
       "TLS with Kafka at kafka-1:9092 failed: its certificate is not signed by a known authority: set ca to the "
       "certificate "
       "of the authority that signed it"},
      {"a client certificate that is missing", RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://kafka-1:9092/1: SSL error: error:0A00045C:SSL routines::tlsv13 alert certificate required", kNobody,
       ErrorCode::kUnauthenticated,
       "TLS with Kafka at kafka-1:9092 failed: it wants a client certificate: set cert and key"},
      {"a port where nobody listens", RD_KAFKA_RESP_ERR__TRANSPORT,
       "kafka-1:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused", kNobody,
       ErrorCode::kUnavailable,
       "Kafka at kafka-1:9092 is unreachable: Connect to ipv4#10.0.0.1:9092 failed: Connection refused"},
      {"a client certificate that Java brokers miss", RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://kafka-1:9092/1: SSL error: error:0A000412:SSL routines::sslv3 alert bad certificate", kNobody,
       ErrorCode::kUnauthenticated,
       "TLS with Kafka at kafka-1:9092 failed: it wants a client certificate: set cert and key"},
      {"a client certificate that is refused", RD_KAFKA_RESP_ERR__TRANSPORT,
       "ssl://kafka-1:9092/1: SSL error: error:0A000412:SSL routines::sslv3 alert bad certificate", certified,
       ErrorCode::kUnauthenticated,
       "TLS with Kafka at kafka-1:9092 failed: it refused the client certificate: check cert and key"},
      {"TLS where plaintext was meant", RD_KAFKA_RESP_ERR__TRANSPORT,
       "kafka-1:9092/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect "
       "security.protocol",
       kNobody, ErrorCode::kUnavailable,
       "Kafka at kafka-1:9092 closed the connection: if it is up, check that tls and sasl fit its listener"},
      {"another mechanism", RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_ssl://kafka-2:9092/2: SASL SCRAM-SHA-512 mechanism handshake failed: broker's supported mechanisms: PLAIN",
       kAlice, ErrorCode::kUnauthenticated,
       "Kafka at kafka-2:9092 does not offer SCRAM-SHA-512: set sasl to what its listener offers (PLAIN)"},
  };
  for (const auto& row : rows) {
    const auto error = connection_error(row.err, row.text, row.identity);
    EXPECT_EQ(error.code, row.code) << row.name;
    EXPECT_EQ(error.message, row.message) << row.name;
  }
}

TEST(KafkaErrors, AreRetriedOnlyWhereThatCanHelp) {
  for (const auto err : {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                         RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR__TRANSPORT})
    EXPECT_TRUE(is_retriable(err)) << rd_kafka_err2name(err);
  for (const auto err : {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                         RD_KAFKA_RESP_ERR__AUTHENTICATION, RD_KAFKA_RESP_ERR_INVALID_GROUP_ID})
    EXPECT_FALSE(is_retriable(err)) << rd_kafka_err2name(err);
}

TEST(ConnectionState, ExplainsUnansweredRequestsByTheLastFailureUntilOneIsAnswered) {
  ConnectionState state(kAlice);
  EXPECT_EQ(state.explain(RD_KAFKA_RESP_ERR__TIMED_OUT).code, ErrorCode::kUnavailable);
  EXPECT_THAT(state.explain(RD_KAFKA_RESP_ERR__TIMED_OUT).message, HasSubstr("is unreachable"));

  state.failed(RD_KAFKA_RESP_ERR__AUTHENTICATION, "sasl_ssl://kafka-1:9092/1: refused (after 3ms in state AUTH_REQ)");
  EXPECT_EQ(state.refusals(), 1U);
  EXPECT_EQ(state.explain(RD_KAFKA_RESP_ERR__TIMED_OUT), state.refusal());
  EXPECT_EQ(state.refusal()->code, ErrorCode::kUnauthenticated);
  state.failed(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, "2/2 brokers are down");
  EXPECT_TRUE(state.refusal().has_value()) << "that all are down says nothing of why";

  state.succeeded();
  EXPECT_TRUE(state.usable());
  EXPECT_EQ(state.last_error(), "");
  EXPECT_FALSE(state.refusal().has_value());
  EXPECT_EQ(state.explain(RD_KAFKA_RESP_ERR__TIMED_OUT).code, ErrorCode::kUnavailable);
  state.lost();
  EXPECT_FALSE(state.usable());
}

TEST(ConnectionState, LeavesOutHowLongAStateTook) {
  ConnectionState state(kNobody);
  state.failed(RD_KAFKA_RESP_ERR__TRANSPORT,
               "kafka-1:9092/1: Connection refused (after 0ms in state CONNECT, 3 identical)");
  EXPECT_EQ(state.last_error(), "Kafka at kafka-1:9092 is unreachable: Connection refused");
}

}  // namespace
}  // namespace weir::kafka
