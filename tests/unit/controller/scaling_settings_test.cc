#include "controller/scaling_settings.h"

#include <gmock/gmock.h>

namespace weir::controller {
namespace {

using kube::Json;
using ::testing::HasSubstr;

Json group(const Json& annotations, const Json& scaling = Json::object()) {
  return {{"metadata", {{"annotations", annotations}}}, {"spec", {{"scaling", scaling}}}};
}

struct SettingsRow {
  const char* name;
  Json annotations;
  Json scaling;
  ScalingSettings expected;
};

TEST(ScalingSettings, AnnotationsStandOverTheSpecInThreeSpellings) {
  const SettingsRow rows[] = {
      {"without anything Knative's defaults hold", Json::object(), Json::object(), {}},
      {"the spec is read",
       Json::object(),
       {{"class", "disabled"},
        {"min", 1},
        {"max", 12},
        {"lagThreshold", 50},
        {"activationLagThreshold", 5},
        {"pollingInterval", 3},
        {"cooldownPeriod", 10},
        {"consumersPerReplica", 2}},
       {ScalingClass::kDisabled, 1, 12, 50, 5, 3, 10, 2, {}}},
      {"our spelling",
       {{"autoscaling.weir.dev/min-scale", "2"},
        {"autoscaling.weir.dev/max-scale", "4"},
        {"autoscaling.weir.dev/lag-threshold", "7"},
        {"autoscaling.weir.dev/activation-lag-threshold", "8"},
        {"autoscaling.weir.dev/polling-interval", "9"},
        {"autoscaling.weir.dev/cooldown-period", "0"},
        {"autoscaling.weir.dev/consumers-per-replica", "3"}},
       {{"min", 1}, {"max", 12}},
       {ScalingClass::kKeda, 2, 4, 7, 8, 9, 0, 3, {}}},
      {"Knative's spelling",
       {{"autoscaling.eventing.knative.dev/class", "keda.autoscaling.knative.dev"},
        {"autoscaling.eventing.knative.dev/min-scale", "3"},
        {"autoscaling.eventing.knative.dev/max-scale", "5"}},
       {{"class", "disabled"}},
       {ScalingClass::kKeda, 3, 5, 100, 0, 10, 30, 1, {}}},
      {"Knative's older spelling, as in the demonstration",
       {{"autoscaling.knative.dev/class", "keda.autoscaling.knative.dev"},
        {"autoscaling.knative.dev/minScale", "0"},
        {"autoscaling.knative.dev/maxScale", "12"},
        {"keda.autoscaling.knative.dev/pollingInterval", "3"},
        {"keda.autoscaling.knative.dev/cooldownPeriod", "10"},
        {"keda.autoscaling.knative.dev/kafkaLagThreshold", "20"}},
       Json::object(),
       {ScalingClass::kKeda, 0, 12, 20, 0, 3, 10, 1, {}}},
      {"of several spellings the first counts, and a blank one is none",
       {{"autoscaling.weir.dev/max-scale", " "},
        {"autoscaling.eventing.knative.dev/max-scale", "6"},
        {"autoscaling.knative.dev/maxScale", "7"}},
       Json::object(),
       {ScalingClass::kKeda, 0, 6, 100, 0, 10, 30, 1, {}}},
      {"other annotations do not matter, not even Knative Serving's",
       {{"autoscaling.knative.dev/target", "100"}, {"example.org/min-scale", "x"}},
       Json::object(),
       {}},
  };
  for (const SettingsRow& row : rows) {
    SCOPED_TRACE(row.name);
    const auto settings = read_scaling(group(row.annotations, row.scaling));
    ASSERT_TRUE(settings.has_value()) << settings.error().message;
    EXPECT_EQ(*settings, row.expected);
  }
}

TEST(ScalingSettings, WhatIsWrongIsNamedWithItsValueAndRange) {
  const std::pair<Json, const char*> rows[] = {
      {{{"autoscaling.weir.dev/min-scale", "-1"}},
       "autoscaling.weir.dev/min-scale \"-1\": must be a whole number from 0 to 10000"},
      {{{"autoscaling.knative.dev/maxScale", "0"}},
       "autoscaling.knative.dev/maxScale \"0\": must be a whole number from 1 to 10000"},
      {{{"autoscaling.eventing.knative.dev/lag-threshold", "many"}},
       "autoscaling.eventing.knative.dev/lag-threshold \"many\": must be a whole number of at least 1"},
      {{{"autoscaling.weir.dev/class", "hpa"}}, "autoscaling.weir.dev/class \"hpa\": must be keda or disabled"},
      {{{"autoscaling.weir.dev/min-scal", "1"}}, "autoscaling.weir.dev/min-scal: is no annotation that Weir knows"},
      {{{"autoscaling.eventing.knative.dev/minScale", "1"}}, "autoscaling.eventing.knative.dev/minScale: is no"},
      {{{"autoscaling.weir.dev/min-scale", "60"}},
       "autoscaling.weir.dev/min-scale \"60\": must not be above the maximum, which is 50"},
      {{{"keda.autoscaling.knative.dev/pollingInterval", "0"}}, "from 1 to 86400"},
  };
  for (const auto& [annotations, message] : rows) {
    const auto settings = read_scaling(group(annotations));
    ASSERT_FALSE(settings.has_value()) << annotations;
    EXPECT_THAT(settings.error().message, HasSubstr(message));
  }
}

TEST(ScalingSettings, EveryWrongAnnotationIsNamedAtOnce) {
  const auto settings =
      read_scaling(group({{"autoscaling.weir.dev/min-scale", "x"}, {"autoscaling.weir.dev/max-scale", "y"}}));
  EXPECT_THAT(settings.error().message, HasSubstr("min-scale \"x\""));
  EXPECT_THAT(settings.error().message, HasSubstr("max-scale \"y\""));
}

TEST(ScalingSettings, TheScheduleComesFromTheSpec) {
  const auto settings = read_scaling(group(
      Json::object(),
      {{"schedule",
        Json::array(
            {Json{{"timezone", "Europe/Berlin"}, {"start", "0 8 * * *"}, {"end", "0 18 * * *"}, {"replicas", 3}}})}}));
  const std::vector<ScheduledReplicas> expected{{"Europe/Berlin", "0 8 * * *", "0 18 * * *", 3}};
  EXPECT_EQ(settings->schedule, expected);
}

}  // namespace
}  // namespace weir::controller
