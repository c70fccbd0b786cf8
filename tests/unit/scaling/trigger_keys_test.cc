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

TEST(TriggerKeys, FindsTheKeyThatWasMeant) {
  const struct {
    const char* what;
    std::string key;
    std::optional<std::string_view> nearest;
  } rows[] = {
      {"a letter left out", "lagTreshold", "lagThreshold"},
      {"another case", "LAGTHRESHOLD", "lagThreshold"},
      {"a letter more", "topics", "topic"},
      {"a word of another scaler", "queueLength", std::nullopt},
      {"nothing", "", std::nullopt},
      {"a very long text", std::string(1000, 'a'), std::nullopt},
  };
  for (const auto& row : rows)
    EXPECT_EQ(nearest_name(row.key, trigger_keys()), row.nearest) << row.what;
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
