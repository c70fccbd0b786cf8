#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaling/trigger_spec.h"

namespace weir::scaling {
namespace {

const TriggerMetadata kValid{{"bootstrapServers", "kafka:9092"}, {"consumerGroup", "orders"}, {"topic", "orders"}};

std::vector<base::FieldError> errors_of(const TriggerMetadata& metadata) {
  base::FieldErrors errors;
  parse_trigger(metadata, errors);
  return errors.list();
}

std::vector<base::FieldError> errors_with(TriggerMetadata extra) {
  extra.merge(TriggerMetadata(kValid));
  return errors_of(extra);
}

struct ErrorRow {
  const char* what;
  TriggerMetadata extra;
  const char* field;
  const char* remedy;
};

void expect_one_error(const ErrorRow& row) {
  const auto errors = errors_with(row.extra);
  ASSERT_EQ(errors.size(), 1U) << row.what;
  EXPECT_EQ(errors[0].field, row.field) << row.what;
  EXPECT_THAT(errors[0].remedy, testing::HasSubstr(row.remedy)) << row.what;
}

TEST(TriggerErrors, NameTheFieldOfAWrongValue) {
  const ErrorRow rows[] = {
      {"a broker without port", {{"bootstrapServers", "a:1,kafka"}}, "bootstrapServers", "such as kafka:9092"},
      {"only commas for brokers", {{"bootstrapServers", ","}}, "bootstrapServers", "names no broker"},
      {"an empty topic in the list", {{"topic", "a,,b"}}, "topic", "empty name"},
      {"a comma behind the last topic", {{"topic", "a,"}}, "topic", "empty name"},
      {"a topic twice", {{"topic", "a,b,a"}}, "topic", "names a twice"},
      {"a threshold of 0", {{"lagThreshold", "0"}}, "lagThreshold", "at least 1"},
      {"a threshold of -0", {{"lagThreshold", "-0"}}, "lagThreshold", "at least 1"},
      {"a fraction", {{"lagThreshold", "10.5"}}, "lagThreshold", "whole number"},
      {"an exponent", {{"lagThreshold", "1e1"}}, "lagThreshold", "whole number"},
      {"a leading zero, which JSON does not know", {{"lagThreshold", "010"}}, "lagThreshold", "leading zeros"},
      {"a plus sign, which JSON does not know", {{"lagThreshold", "+5"}}, "lagThreshold", "whole number"},
      {"JSON's null", {{"lagThreshold", "null"}}, "lagThreshold", "whole number"},
      {"more than 64 bits", {{"lagThreshold", "9223372036854775808"}}, "lagThreshold", "whole number"},
      {"a negative activation", {{"activationLagThreshold", "-1"}}, "activationLagThreshold", "at least 0"},
      {"another offset reset", {{"offsetResetPolicy", "Earliest"}}, "offsetResetPolicy", "latest, earliest"},
      {"a list of offset resets", {{"offsetResetPolicy", "latest,earliest"}}, "offsetResetPolicy", "one of"},
      {"a wrong limitation", {{"partitionLimitation", "1-2-3"}}, "partitionLimitation", "1-2-3"},
      {"yes for a bool", {{"allowIdleConsumers", "yes"}}, "allowIdleConsumers", "true"},
      {"on for a bool", {{"excludePersistentLag", "on"}}, "excludePersistentLag", "true"},
      {"tRUE for a bool", {{"scaleToZeroOnInvalidOffset", "tRUE"}}, "scaleToZeroOnInvalidOffset", "true"},
      {"2 for a bool", {{"limitToPartitionsWithLag", "2"}}, "limitToPartitionsWithLag", "true"},
      {"a word for a bool",
       {{"ensureEvenDistributionOfPartitions", "x"}},
       "ensureEvenDistributionOfPartitions",
       "true"},
      {"a word for fullMetadata", {{"fullMetadata", "x"}}, "fullMetadata", "true"},
      {"a word for unsafeSsl", {{"unsafeSsl", "x"}}, "unsafeSsl", "true"},
      {"four numbers as a version", {{"version", "1.2.3.4"}}, "version", "2.8.0"},
      {"tls true", {{"tls", "true"}}, "tls", "enable, disable"},
      {"another SASL mechanism", {{"sasl", "scram"}}, "sasl", "scram_sha256"},
      {"another token provider", {{"saslTokenProvider", "azure"}}, "saslTokenProvider", "bearer"},
      {"a Secret in another namespace", {{"authSecret", "other/kafka"}}, "authSecret", "name of a Secret"},
      {"a wrong reference", {{"auth", "ca"}}, "auth", "parameter=secret/key"},
      {"a negative minScale", {{"minScale", "-1"}}, "minScale", "from 0 to"},
      {"a maxScale of 0", {{"maxScale", "0"}}, "maxScale", "from 1 to"},
      {"an hpaMaxReplicas of 0", {{"hpaMaxReplicas", "0"}}, "hpaMaxReplicas", "from 1 to"},
      {"more replicas than 32 bits", {{"hpaMaxReplicas", "2147483648"}}, "hpaMaxReplicas", "to 2147483647"},
      {"no consumer in a replica", {{"consumersPerReplica", "0"}}, "consumersPerReplica", "from 1 to"},
      {"another partition cap", {{"partitionCap", "strict"}}, "partitionCap", "exact, keda, none"},
      {"no second", {{"persistentLagSeconds", "0"}}, "persistentLagSeconds", "from 1 to"},
      {"more than a year", {{"persistentLagSeconds", "31536001"}}, "persistentLagSeconds", "to 31536000"},
      {"another isolation level", {{"isolationLevel", "committed"}}, "isolationLevel", "read_committed"},
  };
  for (const auto& row : rows)
    expect_one_error(row);
}

TEST(TriggerErrors, NameOneFieldOfAConflict) {
  const ErrorRow rows[] = {
      {"two ways to the cluster", {{"clusterRef", "prod"}}, "clusterRef", "together with bootstrapServers"},
      {"idle consumers and partitions with lag",
       {{"allowIdleConsumers", "true"}, {"limitToPartitionsWithLag", "true"}},
       "limitToPartitionsWithLag",
       "allowIdleConsumers"},
      {"even distribution and partitions with lag",
       {{"ensureEvenDistributionOfPartitions", "true"}, {"limitToPartitionsWithLag", "true"}},
       "limitToPartitionsWithLag",
       "ensureEvenDistributionOfPartitions"},
      {"no cap and partitions with lag",
       {{"partitionCap", "none"}, {"limitToPartitionsWithLag", "true"}},
       "limitToPartitionsWithLag",
       "partitionCap"},
      {"partitions with lag of all topics",
       {{"topic", ""}, {"limitToPartitionsWithLag", "true"}},
       "limitToPartitionsWithLag",
       "needs a topic"},
      {"even distribution over all topics",
       {{"topic", ""}, {"ensureEvenDistributionOfPartitions", "true"}},
       "ensureEvenDistributionOfPartitions",
       "needs a topic"},
      {"no metadata of all topics", {{"topic", ""}, {"fullMetadata", "false"}}, "fullMetadata", "topic is set"},
      {"a wrong limitation that would not be used",
       {{"topic", ""}, {"partitionLimitation", "x"}},
       "partitionLimitation",
       "\"x\""},
      {"more at least than at most", {{"minScale", "5"}, {"maxScale", "4"}}, "minScale", "maxScale, which is 4"},
      {"SASL without credentials", {{"sasl", "plaintext"}}, "sasl", "authSecret"},
  };
  for (const auto& row : rows)
    expect_one_error(row);
}

TEST(TriggerErrors, KeepAProfileAwayFromOtherCredentials) {
  for (const auto& [key, value] : TriggerMetadata{{"authSecret", "s"},
                                                  {"auth", "ca=s/k"},
                                                  {"tls", "disable"},
                                                  {"sasl", "none"},
                                                  {"saslTokenProvider", "bearer"},
                                                  {"awsRegion", "eu"}}) {
    const auto errors = errors_of({{"clusterRef", "prod"}, {"consumerGroup", "g"}, {key, value}});
    ASSERT_EQ(errors.size(), 1U) << key;
    EXPECT_EQ(errors[0].field, key);
    EXPECT_THAT(errors[0].remedy, testing::HasSubstr("clusterRef"));
  }
}

TEST(TriggerErrors, SendCredentialsToASecretWithoutShowingThem) {
  for (const std::string key : {"username",
                                "password",
                                "ca",
                                "cert",
                                "key",
                                "keyPassword",
                                "scopes",
                                "keytab",
                                "realm",
                                "oauthTokenEndpointUri",
                                "oauthExtensions",
                                "kerberosConfig",
                                "kerberosServiceName",
                                "kerberosDisableFAST",
                                "ccacheName",
                                "passwordFromEnv",
                                "usernameFromEnv",
                                "awsAccessKeyID",
                                "awsSecretAccessKey",
                                "awsSessionToken",
                                "awsRoleArn",
                                "awsSecretAccessKeyFromEnv"}) {
    const auto errors = errors_with({{key, "hunter2"}});
    ASSERT_EQ(errors.size(), 1U) << key;
    EXPECT_EQ(errors[0].field, key);
    EXPECT_THAT(errors[0].remedy, testing::HasSubstr("authSecret"));
    EXPECT_THAT(base::to_string(errors[0]), testing::Not(testing::HasSubstr("hunter2")));
  }
}

TEST(TriggerErrors, AskForASecretWhereverKafkaWantsCredentials) {
  for (const TriggerMetadata& metadata :
       {TriggerMetadata{{"sasl", "scram_sha256"}}, TriggerMetadata{{"sasl", "aws_msk_iam"}},
        TriggerMetadata{{"sasl", "oauthbearer"}, {"saslTokenProvider", "aws_msk_iam"}}}) {
    const auto errors = errors_with(metadata);
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].field, "sasl");
    EXPECT_THAT(errors[0].remedy, testing::HasSubstr("authSecret"));
  }
  EXPECT_THAT(errors_with({{"sasl", "none"}}), testing::IsEmpty());
}

TEST(TriggerErrors, ComeAllAtOnce) {
  const auto spec = parse_trigger({{"lagThreshold", "x"},
                                   {"tls", "maybe"},
                                   {"partitionLimitation", "a"},
                                   {"limitToPartitionsWithLag", "true"},
                                   {"password", "hunter2"}});
  ASSERT_FALSE(spec.has_value());
  EXPECT_EQ(spec.error().code, base::ErrorCode::kInvalidArgument);
  for (const auto* field : {"lagThreshold \"x\"", "tls \"maybe\"", "partitionLimitation \"a\"",
                            "bootstrapServers:", "consumerGroup:", "limitToPartitionsWithLag \"true\"", "password:"}) {
    EXPECT_THAT(spec.error().message, testing::HasSubstr(field));
  }
}

}  // namespace
}  // namespace weir::scaling
