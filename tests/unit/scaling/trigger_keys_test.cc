#include "scaling/trigger_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaling/trigger_spec.h"

namespace weir::scaling {
namespace {

TEST(TriggerKeys, NamesUnknownKeysInOrder) {
  const TriggerMetadata metadata{{"topic", "a"},
                                 {"scalerAddress", "weir:9090"},
                                 {"lagTreshold", "5"},
                                 {"enableTLS", "true"},
                                 {"topicFromEnv", "TOPIC"},
                                 {"alpha", ""},
                                 {"lagThresholdFromEnv", "LAG"}};
  EXPECT_THAT(unknown_keys(metadata), testing::ElementsAre("alpha", "lagThresholdFromEnv", "lagTreshold"));
}

TEST(TriggerKeys, KeepsSecretParametersApartFromThoseThatMetadataMayHold) {
  for (const std::string_view parameter : secret_only_parameters()) {
    EXPECT_TRUE(is_auth_parameter(parameter)) << parameter;
    EXPECT_EQ(std::ranges::find(trigger_keys(), parameter), trigger_keys().end()) << parameter;
  }
  for (const auto* both : {"sasl", "tls", "unsafeSsl", "saslTokenProvider", "awsRegion"}) {
    EXPECT_TRUE(is_auth_parameter(both)) << both;
    EXPECT_NE(std::ranges::find(trigger_keys(), both), trigger_keys().end()) << both;
  }
}

}  // namespace
}  // namespace weir::scaling
