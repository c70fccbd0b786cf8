#include "kafka/client_config.h"

#include <gmock/gmock.h>

#include "kafka/kafka_errors.h"
#include "kafka/session_name.h"

namespace weir::kafka {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

SessionKey scram() {
  SessionKey key{{"a:1", "b:2"}, {}, false};
  key.credentials.sasl = SaslMechanism::kScramSha256;
  key.credentials.username = "alice";
  key.credentials.password = base::Secret("hush");
  return key;
}

TEST(ClientProperties, AskWithoutJoiningOrCreatingAnything) {
  const auto properties = client_properties({{"a:1", "b:2"}, {}, false}, {});
  EXPECT_THAT(properties, Contains(Pair("bootstrap.servers", "a:1,b:2")));
  EXPECT_THAT(properties, Contains(Pair("security.protocol", "plaintext")));
  EXPECT_THAT(properties, Contains(Pair("allow.auto.create.topics", "false")));
  EXPECT_THAT(properties, Contains(Pair("isolation.level", "read_uncommitted")));
  EXPECT_THAT(properties, Contains(Pair("socket.timeout.ms", "2000")));
  EXPECT_THAT(properties, Contains(Pair("enable.auto.commit", "false")));
  EXPECT_THAT(properties, Not(Contains(Key("sasl.mechanisms"))));
}

TEST(ClientProperties, TellTheIsolationLevelAlways) {
  EXPECT_THAT(client_properties({{"a:1"}, {}, true}, {}), Contains(Pair("isolation.level", "read_committed")));
}

TEST(ClientProperties, HoldWhatTlsAndSaslNeed) {
  auto key = scram();
  EXPECT_THAT(client_properties(key, {}), Contains(Pair("security.protocol", "sasl_plaintext")));
  key.credentials.tls = true;
  key.credentials.ca_pem = "CA";
  const auto properties = client_properties(key, {});
  EXPECT_THAT(properties, Contains(Pair("security.protocol", "sasl_ssl")));
  EXPECT_THAT(properties, Contains(Pair("sasl.mechanisms", "SCRAM-SHA-256")));
  EXPECT_THAT(properties, Contains(Pair("sasl.password", "hush")));
  EXPECT_THAT(properties, Contains(Pair("ssl.ca.pem", "CA")));
  EXPECT_THAT(properties, Contains(Pair("ssl.endpoint.identification.algorithm", "https")));
  EXPECT_THAT(properties, Not(Contains(Key("ssl.key.pem"))));
  key.credentials.verify_server = false;
  EXPECT_THAT(client_properties(key, {}), Contains(Pair("ssl.endpoint.identification.algorithm", "none")));
  EXPECT_THAT(client_properties(key, {}), Contains(Pair("enable.ssl.certificate.verification", "false")));
}

TEST(ClientProperties, AreTakenByLibrdkafka) {
  for (const auto mechanism : {SaslMechanism::kNone, SaslMechanism::kPlain, SaslMechanism::kScramSha512,
                               SaslMechanism::kOauthBearer, SaslMechanism::kGssapi}) {
    auto key = scram();
    key.credentials.sasl = mechanism;
    key.credentials.tls = true;
    const auto conf = make_conf(client_properties(key, {}));
    EXPECT_TRUE(conf.has_value()) << mechanism_name(mechanism) << ": " << conf.error().message;
  }
}

TEST(ClientProperties, ThatAreWrongAreNamedWithoutTheirSecret) {
  const auto conf = make_conf({{"security.protocol", "quantum"}});
  ASSERT_FALSE(conf.has_value());
  EXPECT_EQ(conf.error().code, base::ErrorCode::kInvalidArgument);
  EXPECT_THAT(conf.error().message, HasSubstr("security.protocol"));
  const auto secret = make_conf({{"sasl.nonsense", "hush"}});
  EXPECT_THAT(secret.error().message, Not(HasSubstr("hush")));
}

TEST(SessionName, ShowsBrokersUserAndHowButNoSecret) {
  EXPECT_EQ(session_name({{"kafka:9092"}, {}, false}), "kafka:9092");
  auto key = scram();
  EXPECT_EQ(session_name(key), "a:1 +1 as alice (scram_sha256)");
  key.credentials.tls = true;
  key.read_committed = true;
  EXPECT_EQ(session_name(key), "a:1 +1 as alice (scram_sha256) over TLS, read_committed");
}

}  // namespace
}  // namespace weir::kafka
