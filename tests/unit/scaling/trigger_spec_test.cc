#include "scaling/trigger_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::scaling {
namespace {

TriggerSpec parsed(TriggerMetadata extra) {
  extra.merge(TriggerMetadata{{"bootstrapServers", "kafka:9092"}, {"consumerGroup", "orders"}, {"topic", "orders"}});
  const auto spec = parse_trigger(extra);
  EXPECT_TRUE(spec.has_value()) << spec.error().message;
  return spec.value_or(TriggerSpec{});
}

TEST(TriggerSpec, HasKedasDefaults) {
  TriggerSpec expected;
  expected.cluster.bootstrap_servers = {"kafka:9092"};
  expected.group = "orders";
  expected.topics = {"orders"};
  expected.metric_name = "kafka-orders";
  EXPECT_EQ(parsed({}), expected);
  EXPECT_EQ(expected.policy.lag_threshold, 10);
  EXPECT_EQ(expected.policy.lag.offset_reset, lag::OffsetResetPolicy::kLatest);
}

TEST(TriggerSpec, TakesABlankValueForAnAbsentOne) {
  EXPECT_EQ(parsed({{"lagThreshold", " \t"}, {"offsetResetPolicy", ""}, {"partitionLimitation", "  "}, {"auth", " "}}),
            parsed({}));
}

TEST(TriggerSpec, ReadsEveryKeyOfKeda) {
  const TriggerSpec spec = parsed({{"bootstrapServers", " kafka-1:9092 , kafka-2:9092,,kafka-1:9092"},
                                   {"consumerGroup", " g "},
                                   {"topic", " t "},
                                   {"lagThreshold", " 50 "},
                                   {"activationLagThreshold", "3"},
                                   {"offsetResetPolicy", "earliest"},
                                   {"partitionLimitation", "0-3"},
                                   {"allowIdleConsumers", "T"},
                                   {"excludePersistentLag", "1"},
                                   {"scaleToZeroOnInvalidOffset", "True"},
                                   {"ensureEvenDistributionOfPartitions", "TRUE"},
                                   {"fullMetadata", "false"},
                                   {"version", "2.8.0"},
                                   {"tls", "enable"},
                                   {"unsafeSsl", "true"},
                                   {"sasl", "oauthbearer"},
                                   {"saslTokenProvider", "bearer"},
                                   {"awsRegion", "eu-west-1"},
                                   {"authSecret", "kafka"}});
  EXPECT_THAT(spec.cluster.bootstrap_servers, testing::ElementsAre("kafka-1:9092", "kafka-2:9092"));
  EXPECT_THAT(spec.cluster.auth_parameters,
              testing::ElementsAre(testing::Pair("awsRegion", "eu-west-1"), testing::Pair("sasl", "oauthbearer"),
                                   testing::Pair("saslTokenProvider", "bearer"), testing::Pair("tls", "enable"),
                                   testing::Pair("unsafeSsl", "true")));
  ScalingPolicy policy;
  policy.lag_threshold = 50;
  policy.activation_lag_threshold = 3;
  policy.allow_idle_consumers = true;
  policy.ensure_even_distribution = true;
  policy.partition_limitation = {{0, 3}};
  policy.lag = {lag::OffsetResetPolicy::kEarliest, true, std::chrono::seconds(60)};
  EXPECT_EQ(spec.policy, policy);
  EXPECT_EQ(spec.group, "g");
  EXPECT_EQ(spec.metric_name, "kafka-t");
}

TEST(TriggerSpec, ReadsEveryKeyThatWeirAdds) {
  const TriggerSpec spec = parsed({{"topic", "a, b"},
                                   {"authSecret", "kafka"},
                                   {"auth", "ca=kafka-ca/ca.crt"},
                                   {"minScale", "1"},
                                   {"maxScale", "12"},
                                   {"hpaMaxReplicas", "12"},
                                   {"consumersPerReplica", "4"},
                                   {"partitionCap", "keda"},
                                   {"excludePersistentLag", "true"},
                                   {"persistentLagSeconds", "300"},
                                   {"isolationLevel", "read_committed"}});
  EXPECT_THAT(spec.topics, testing::ElementsAre("a", "b"));
  EXPECT_EQ(spec.metric_name, "kafka-a,b");
  EXPECT_EQ(spec.cluster.auth_secret, "kafka");
  EXPECT_THAT(spec.cluster.auth, testing::ElementsAre(AuthReference{"ca", "kafka-ca", "ca.crt"}));
  EXPECT_EQ(spec.cluster.isolation, IsolationLevel::kReadCommitted);
  ScalingPolicy policy;
  policy.min_scale = 1;
  policy.max_scale = 12;
  policy.hpa_max_replicas = 12;
  policy.consumers_per_replica = 4;
  policy.partition_cap = PartitionCap::kKeda;
  policy.lag.persistent_after = std::chrono::seconds(300);
  EXPECT_EQ(spec.policy, policy);
}

TEST(TriggerSpec, FallsBackToTheEnvironmentWhereKedaDoes) {
  const TriggerMetadata from_env{
      {"bootstrapServersFromEnv", "env:9092"}, {"consumerGroupFromEnv", "env-group"}, {"topicFromEnv", " env-topic "}};
  const auto spec = parse_trigger(from_env);
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_THAT(spec->cluster.bootstrap_servers, testing::ElementsAre("env:9092"));
  EXPECT_EQ(spec->group, "env-group");
  EXPECT_THAT(spec->topics, testing::ElementsAre("env-topic"));

  const TriggerSpec plain = parsed(from_env);
  EXPECT_THAT(plain.cluster.bootstrap_servers, testing::ElementsAre("kafka:9092"));
  EXPECT_EQ(plain.group, "orders");
  EXPECT_THAT(parsed({{"lagThresholdFromEnv", "7"}}).policy.lag_threshold, 10) << "KEDA reads it from nowhere else";
}

TEST(TriggerSpec, NeedsNoTopic) {
  const auto spec = parse_trigger({{"clusterRef", "prod"}, {"consumerGroup", "g"}, {"partitionLimitation", "0-3"}});
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_EQ(spec->cluster.cluster_ref, "prod");
  EXPECT_THAT(spec->topics, testing::IsEmpty());
  EXPECT_EQ(spec->metric_name, "kafka-g-topics");
  EXPECT_EQ(spec->policy.partition_limitation, std::nullopt) << "KEDA drops it without a topic";
}

TEST(TriggerSpec, KeepsALimitationThatLeavesNoPartition) {
  const auto limitation = parsed({{"partitionLimitation", "3-1"}}).policy.partition_limitation;
  ASSERT_TRUE(limitation.has_value());
  EXPECT_THAT(*limitation, testing::IsEmpty());
}

TEST(TriggerSpec, LetsUnsafeSslForKedasConnectionStandBesideAProfileWithoutWeakeningIt) {
  const auto spec = parse_trigger({{"clusterRef", "prod"}, {"consumerGroup", "g"}, {"unsafeSsl", "true"}});
  ASSERT_TRUE(spec.has_value()) << spec.error().message;
  EXPECT_THAT(spec->cluster.auth_parameters, testing::IsEmpty());
}

TEST(TriggerSpec, LeavesPersistentLagInUnlessAskedToExcludeIt) {
  EXPECT_EQ(parsed({{"persistentLagSeconds", "30"}}).policy.lag.persistent_after, std::nullopt);
}

TEST(TriggerSpec, IgnoresUnknownKeys) {
  EXPECT_EQ(parsed({{"lagTreshold", "wrong"}}), parsed({}));
}

}  // namespace
}  // namespace weir::scaling
