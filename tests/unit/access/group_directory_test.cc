#include "access/group_directory.h"

#include <gtest/gtest.h>

namespace weir::access {
namespace {

using kube::Json;

Json group() {
  return {{"metadata", {{"namespace", "shop"}, {"name", "orders"}, {"uid", "u-1"}}},
          {"spec",
           {{"bootstrapServers", {"kafka:9092"}},
            {"topics", {"orders", "returns"}},
            {"groupId", "billing"},
            {"initialOffset", "earliest"},
            {"secretRef", {{"name", "kafka"}}},
            {"scaling", {{"lagThreshold", 50}}}}}};
}

TEST(GroupDirectory, TheGroupsWordsStandInPlaceOfTheTriggers) {
  const auto metadata = with_group(group(), {{"consumerGroupRef", "orders"},
                                             {"scalerAddress", "weir:9090"},
                                             {"bootstrapServers", "attacker:9092"},
                                             {"bootstrapServersFromEnv", "attacker:9092"},
                                             {"tls", "disable"},
                                             {"lagThreshold", "1"},
                                             {"hpaMaxReplicas", "12"}});
  const Metadata wanted{
      {"consumerGroupRef", "orders"}, {"scalerAddress", "weir:9090"}, {"bootstrapServers", "kafka:9092"},
      {"topic", "orders,returns"},    {"consumerGroup", "billing"},   {"offsetResetPolicy", "earliest"},
      {"authSecret", "kafka"},        {"lagThreshold", "50"},         {"activationLagThreshold", "0"},
      {"consumersPerReplica", "1"},   {"hpaMaxReplicas", "12"}};
  EXPECT_EQ(metadata, wanted);
}

TEST(GroupDirectory, AWrongAnnotationLeavesTheThresholdsAsSent) {
  auto wrong = group();
  wrong["metadata"]["annotations"] = {{"autoscaling.weir.dev/lag-threshold", "many"}};
  const auto metadata = with_group(wrong, {{"consumerGroupRef", "orders"}, {"lagThreshold", "70"}});
  EXPECT_EQ(metadata.at("lagThreshold"), "70");
  EXPECT_EQ(metadata.at("bootstrapServers"), "kafka:9092");
}

TEST(GroupDirectory, OnlyTheGroupsOwnScaledObjectIsKnownByItsName) {
  EXPECT_TRUE(is_own_scaled_object(group(), "so-u-1"));
  EXPECT_FALSE(is_own_scaled_object(group(), "orders"));
  EXPECT_FALSE(is_own_scaled_object({{"metadata", {{"name", "orders"}}}}, "so-"));
}

}  // namespace
}  // namespace weir::access
