#include "kafka/credentials.h"

#include <gmock/gmock.h>

namespace weir::kafka {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Plain = std::map<std::string, std::string>;

base::Result<Credentials> parse(const Plain& plain) {
  AuthParameters parameters;
  for (const auto& [name, value] : plain)
    parameters.emplace(name, base::Secret(value));
  return parse_credentials(parameters);
}

Plain with(Plain base, const Plain& more) {
  for (const auto& [name, value] : more)
    base[name] = value;
  return base;
}

const Plain kScram{{"sasl", "scram_sha512"}, {"username", "orders"}, {"password", "hush"}};
const Plain kOauth{{"sasl", "oauthbearer"},
                   {"username", "client"},
                   {"password", "hush"},
                   {"oauthTokenEndpointUri", "https://idp/token"}};
const Plain kMsk{{"sasl", "oauthbearer"},    {"saslTokenProvider", "aws_msk_iam"}, {"tls", "enable"},
                 {"awsRegion", "eu-west-1"}, {"awsAccessKeyID", "AKIA1"},          {"awsSecretAccessKey", "hush"}};
const Plain kGssapi{{"sasl", "gssapi"},
                    {"username", "orders/host-1"},
                    {"realm", "EXAMPLE.COM"},
                    {"keytab", "hush"},
                    {"kerberosConfig", "[libdefaults]\n"}};

struct Good {
  const char* name;
  Plain parameters;
  const char* description;
};

TEST(Credentials, AreReadByTheRulesOfKedasKafkaTrigger) {
  const std::vector<Good> rows{
      {"nothing at all", {}, "plaintext"},
      {"everything switched off", {{"sasl", "none"}, {"tls", "disable"}}, "plaintext"},
      {"blank counts as absent", {{"sasl", "  "}, {"tls", ""}, {"username", " "}}, "plaintext"},
      {"values are trimmed", {{"tls", " enable\n"}}, "TLS"},
      {"a user without sasl is not used", {{"username", "orders"}, {"password", "hush"}}, "plaintext"},
      {"plain", {{"sasl", "plaintext"}, {"username", "orders"}, {"password", "hush"}}, "SASL plaintext as orders"},
      {"by Kafka's own name", with(kScram, {{"sasl", "SCRAM-SHA-512"}}), "SASL scram_sha512 as orders"},
      {"scram over TLS", with(kScram, {{"tls", "enable"}}), "SASL scram_sha512 as orders over TLS"},
      {"a server that is not verified", {{"tls", "enable"}, {"unsafeSsl", "T"}}, "TLS, server not verified"},
      {"mTLS", {{"tls", "enable"}, {"cert", "c"}, {"key", "k"}}, "TLS with a client certificate"},
      {"a key without cert does not matter without TLS", {{"key", "k"}}, "plaintext"},
      {"MSK", kMsk, "SASL aws_msk_iam as AKIA1 over TLS"},
      {"MSK as the apache-kafka trigger writes it", with(kMsk, {{"sasl", "aws_msk_iam"}, {"saslTokenProvider", ""}}),
       "SASL aws_msk_iam as AKIA1 over TLS"},
      {"MSK with KEDA's other name of the key",
       with(kMsk, {{"awsAccessKeyID", ""}, {"awsAccessKeyId", "AKIA2"}, {"awsSessionToken", "hush"}}),
       "SASL aws_msk_iam as AKIA2 over TLS"},
      {"oauth", with(kOauth, {{"saslTokenProvider", "bearer"}}), "SASL oauthbearer as client"},
      {"Kerberos", kGssapi, "SASL gssapi as orders/host-1"},
  };
  for (const auto& row : rows) {
    const auto credentials = parse(row.parameters);
    ASSERT_TRUE(credentials.has_value()) << row.name << ": " << credentials.error().message;
    EXPECT_EQ(credentials->describe(), row.description) << row.name;
  }
}

TEST(Credentials, KeepEveryParameter) {
  auto tls =
      parse({{"tls", "enable"}, {"ca", "CA\n"}, {"cert", "CERT"}, {"key", "KEY"}, {"keyPassword", "hush"}}).value();
  EXPECT_EQ(tls.ca_pem, "CA");
  EXPECT_EQ(tls.cert_pem, "CERT");
  EXPECT_EQ(tls.key_pem.reveal(), "KEY");
  EXPECT_EQ(tls.key_password.reveal(), "hush");

  auto oauth = parse(with(kOauth, {{"scopes", "a, b,"}, {"oauthExtensions", "k=v,l=w"}})).value();
  EXPECT_EQ(oauth.scopes, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(oauth.extensions, (std::vector<std::pair<std::string, std::string>>{{"k", "v"}, {"l", "w"}}));
  EXPECT_EQ(oauth.token_endpoint, "https://idp/token");

  auto gssapi = parse(with(kGssapi, {{"keytab", std::string("\x05\x02\0\n", 4)}})).value();
  EXPECT_EQ(gssapi.keytab.reveal(), std::string("\x05\x02\0\n", 4)) << "the keytab is bytes: not trimmed";
  EXPECT_EQ(gssapi.kerberos_service, "kafka");
}

struct Bad {
  const char* name;
  Plain parameters;
  std::vector<std::string> messages;
};

TEST(Credentials, ThatAreWrongNameEveryFieldAndNoSecret) {
  const std::vector<Bad> rows{
      {"an unknown mechanism", {{"sasl", "scram"}}, {R"(sasl "scram": write none, plaintext)"}},
      {"mechanisms are case-sensitive", {{"sasl", "PLAINTEXT"}}, {"sasl"}},
      {"tls is enable or disable", {{"tls", "true"}}, {R"(tls "true": write enable or disable)"}},
      {"unsafeSsl is a bool", {{"tls", "enable"}, {"unsafeSsl", "yes"}}, {R"(unsafeSsl "yes")"}},
      {"a certificate without its key", {{"tls", "enable"}, {"cert", "c"}}, {"key: missing"}},
      {"a key without its certificate", {{"tls", "enable"}, {"key", "hush"}}, {"cert: missing"}},
      {"neither user nor password", {{"sasl", "scram_sha256"}}, {"username: missing", "password: missing"}},
      {"a blank password", with(kScram, {{"password", " "}}), {"password: missing"}},
      {"both tls and sasl wrong", {{"tls", "on"}, {"sasl", "x"}}, {"tls", "sasl"}},
      {"oauth without an endpoint", with(kOauth, {{"oauthTokenEndpointUri", ""}}), {"oauthTokenEndpointUri: missing"}},
      {"an endpoint that is no URL", with(kOauth, {{"oauthTokenEndpointUri", "file:///etc/x"}}), {"http or https"}},
      {"an extension without a value", with(kOauth, {{"oauthExtensions", "a=b,c"}}), {R"(oauthExtensions "c")"}},
      {"an extension with two values", with(kOauth, {{"oauthExtensions", "a=b=c"}}), {"oauthExtensions"}},
      {"AWS with nothing",
       {{"sasl", "oauthbearer"}, {"saslTokenProvider", "aws_msk_iam"}},
       {"tls: write enable", "awsRegion: missing", "awsAccessKeyID: missing"}},
      {"AWS without TLS", with(kMsk, {{"tls", "disable"}}), {R"(tls "disable": write enable)"}},
      {"AWS without a region", with(kMsk, {{"awsRegion", " "}}), {"awsRegion: missing"}},
      {"a region that is another host", with(kMsk, {{"awsRegion", "x/@evil.example"}}), {"eu-west-1"}},
      {"an AWS key without its secret", with(kMsk, {{"awsSecretAccessKey", ""}}), {"awsSecretAccessKey: missing"}},
      {"a role of the scaler, by a tenant",
       with(kMsk, {{"awsAccessKeyID", ""}, {"awsRoleArn", "arn:role"}}),
       {"awsRoleArn: not taken from a Secret"}},
      {"a role of the scaler beside keys", with(kMsk, {{"awsRoleArn", "arn:role"}}), {"awsRoleArn: not taken"}},
      {"Kerberos by password",
       with(kGssapi, {{"password", "hush"}}),
       {"password: not supported with gssapi: use keytab"}},
      {"Kerberos by cache",
       with(kGssapi, {{"ccacheName", "c"}}),
       {"ccacheName: not supported with gssapi: use keytab"}},
      {"Kerberos with nothing", {{"sasl", "gssapi"}}, {"username", "realm", "kerberosConfig", "keytab"}},
      {"a user that a shell would run", with(kGssapi, {{"username", "a;id"}}), {R"(username "a;id": write letters)"}},
      {"a realm that a shell would run", with(kGssapi, {{"realm", "$(id)"}}), {"realm"}},
      {"a user that kinit takes for an option", with(kGssapi, {{"username", "-S"}}), {"username"}},
  };
  for (const auto& row : rows) {
    const auto credentials = parse(row.parameters);
    ASSERT_FALSE(credentials.has_value()) << row.name;
    EXPECT_EQ(credentials.error().code, base::ErrorCode::kInvalidArgument) << row.name;
    for (const auto& message : row.messages)
      EXPECT_THAT(credentials.error().message, HasSubstr(message)) << row.name;
    EXPECT_THAT(credentials.error().message, Not(HasSubstr("hush"))) << row.name;
  }
}

class OwnIdentity : public ::testing::Test {
 protected:
  base::Result<Credentials> parse_own(const Plain& plain) const {
    AuthParameters parameters;
    for (const auto& [name, value] : plain)
      parameters.emplace(name, base::Secret(value));
    return parse_credentials(parameters, &own_);
  }

  AwsWebIdentity own_{.token_file = "/token", .role_arn = "arn:own"};
  const Plain keyless_ = with(kMsk, {{"awsAccessKeyID", ""}, {"awsSecretAccessKey", ""}});
};

TEST_F(OwnIdentity, ServesWhereTheOperatorGivesNoKeys) {
  const auto credentials = parse_own(keyless_).value();
  EXPECT_EQ(credentials.msk_iam->web_identity, own_);
  EXPECT_EQ(credentials.describe(), "SASL aws_msk_iam as arn:own over TLS");
  EXPECT_EQ(parse_own(with(keyless_, {{"awsRoleArn", "arn:other"}})).value().msk_iam->web_identity->role_arn,
            "arn:other");
}

TEST_F(OwnIdentity, GivesWayToKeys) {
  EXPECT_FALSE(parse_own(kMsk).value().msk_iam->web_identity.has_value());
  EXPECT_THAT(parse_own(with(kMsk, {{"awsRoleArn", "arn:x"}})).error().message, HasSubstr("cannot stand beside"));
}

TEST_F(OwnIdentity, IsMissedByName) {
  own_.role_arn = "";
  EXPECT_THAT(parse_own(keyless_).error().message, HasSubstr("AWS_ROLE_ARN"));
  own_.token_file = "";
  EXPECT_THAT(parse_own(keyless_).error().message, HasSubstr("AWS_WEB_IDENTITY_TOKEN_FILE"));
}

TEST(Credentials, ThatDifferInASecretAreDifferent) {
  EXPECT_EQ(parse(kScram).value(), parse(kScram).value());
  EXPECT_NE(parse(kScram).value(), parse(with(kScram, {{"password", "other"}})).value());
  EXPECT_NE(parse(kMsk).value(), parse(with(kMsk, {{"awsSessionToken", "other"}})).value());
}

}  // namespace
}  // namespace weir::kafka
