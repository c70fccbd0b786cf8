#include "controller/group_status.h"

#include <gmock/gmock.h>

#include "controller/status_gate.h"
#include "group_fixture.h"

namespace weir::controller {
namespace {

using kube::Json;
using std::chrono::milliseconds;
using std::chrono::seconds;

const base::SystemTime kThen{seconds(1'700'000'000)};

GroupPlan plan() {
  return {.action = KeepScaledObject{},
          .conditions = {{"Ready", ConditionStatus::kTrue, "ScaledObjectApplied", "words"}},
          .partitions = 12,
          .replicas = 4,
          .selector = "weir.dev/consumergroup-uid=u-1"};
}

TEST(GroupStatus, NamesTheVersionItWasDecidedFrom) {
  const auto desired = desired_status(orders(), plan(), 700, kThen);
  EXPECT_EQ(kube::resource_version_of(desired), "77");
  EXPECT_EQ(kube::uid_of(desired), "u-1");
  EXPECT_FALSE(desired.contains("spec"));
  const Json expected = Json::parse(R"({
    "observedGeneration": 3, "replicas": 4, "selector": "weir.dev/consumergroup-uid=u-1", "partitions": 12, "lag": 700,
    "conditions": [{"type": "Ready", "status": "True", "reason": "ScaledObjectApplied", "message": "words",
                    "observedGeneration": 3, "lastTransitionTime": "2023-11-14T22:13:20Z"}]})");
  EXPECT_EQ(desired.at("status"), expected);
}

TEST(GroupStatus, WhatIsNotKnownIsNotSaid) {
  auto without = plan();
  without.partitions.reset();
  const auto desired = desired_status(orders(), without, std::nullopt, kThen);
  EXPECT_FALSE(desired.at("status").contains("partitions"));
  EXPECT_FALSE(desired.at("status").contains("lag"));
}

TEST(GroupStatus, IsCurrentOnceWrittenThoughTimeGoesOn) {
  auto object = orders();
  EXPECT_FALSE(status_is_current(object, desired_status(object, plan(), 700, kThen)));
  object["status"] = desired_status(object, plan(), 700, kThen).at("status");
  object["status"]["later"] = Json::array();
  EXPECT_TRUE(status_is_current(object, desired_status(object, plan(), 700, kThen + seconds(60))));
  auto scaled = plan();
  scaled.replicas = 5;
  EXPECT_FALSE(status_is_current(object, desired_status(object, scaled, 700, kThen)));
}

TEST(GroupStatus, PlacementsAreWhatThePoolSays) {
  auto placed = plan();
  placed.placement = PlacementReport{
      .placed = PlacementReport::Placed{.places = {{"dispatcher-0", 3, "a"}, {"dispatcher-10", 1, ""}}, .ready = 3},
      .scheduled = {}};
  auto object = orders();
  const auto status = desired_status(object, placed, 700, kThen).at("status");
  EXPECT_EQ(status.at("placements"), Json::parse(R"([{"podName": "dispatcher-0", "vreplicas": 3, "zone": "a"},
                                                     {"podName": "dispatcher-10", "vreplicas": 1}])"));
  EXPECT_EQ(status.at("readyReplicas"), 3);
  object["status"] = status;
  std::swap(object["status"]["placements"][0], object["status"]["placements"][1]);
  EXPECT_TRUE(status_is_current(object, desired_status(object, placed, 700, kThen))) << "in any order";
  placed.placement->placed->places[1].vreplicas = 2;
  EXPECT_FALSE(status_is_current(object, desired_status(object, placed, 700, kThen)));
}

TEST(GroupStatus, PlacementsStandWhileThePoolSaysNothing) {
  auto object = orders();
  object["status"] =
      Json::parse(R"({"placements": [{"podName": "dispatcher-0", "vreplicas": 3}], "readyReplicas": 2})");
  auto waiting = plan();
  waiting.placement = PlacementReport{};
  const auto status = desired_status(object, waiting, 700, kThen).at("status");
  EXPECT_EQ(status.at("placements"), object.at("status").at("placements"));
  EXPECT_EQ(status.at("readyReplicas"), 2);
}

TEST(GroupStatus, PlacementsGoWithThePool) {
  auto object = orders();
  object["status"] = desired_status(object, plan(), 700, kThen).at("status");
  object["status"]["placements"] = Json::array();
  const auto desired = desired_status(object, plan(), 700, kThen);
  EXPECT_FALSE(desired.at("status").contains("placements"));
  EXPECT_FALSE(status_is_current(object, desired));
}

TEST(GroupStatus, TheTimeOfAConditionIsThatOfItsLastTurn) {
  auto object = orders();
  object["status"] = desired_status(object, plan(), 700, kThen).at("status");
  auto other = plan();
  other.conditions[0].message = "other words";
  const auto time = [&] {
    return kube::text_at(desired_status(object, other, 700, kThen + seconds(60)),
                         "/status/conditions/0/lastTransitionTime");
  };
  EXPECT_EQ(time(), "2023-11-14T22:13:20Z");
  other.conditions[0].status = ConditionStatus::kFalse;
  EXPECT_EQ(time(), "2023-11-14T22:14:20Z");
}

TEST(Conditions, OnlyTurnsAreNews) {
  const Json before = Json::array({Json{{"type", "A"}, {"status", "True"}, {"reason", "Fine"}}});
  const auto news = turned(before, {{"A", ConditionStatus::kTrue, "Fine", "new words"},
                                    {"B", ConditionStatus::kTrue, "Fine", ""},
                                    {"C", ConditionStatus::kFalse, "Broken", ""}});
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].type, "C");
  EXPECT_EQ(turned(before, {{"A", ConditionStatus::kTrue, "Finer", ""}}).size(), 1U);
}

TEST(LagIsNews, WhenTheDecisionOrItsMagnitudeChanges) {
  struct Row {
    std::int64_t told, now;
    bool decision, expected;
  };
  for (const Row& row :
       {Row{100, 100, true, false}, Row{100, 101, true, true}, Row{100, 199, false, false}, Row{100, 200, false, true},
        Row{100, 51, false, false}, Row{100, 50, false, true}, Row{0, 1, false, true}, Row{1, 0, false, true}}) {
    SCOPED_TRACE(std::to_string(row.told) + " to " + std::to_string(row.now));
    EXPECT_EQ(lag_is_news(row.told, row.now, row.decision), row.expected);
  }
}

TEST(StatusGate, LetsEachGroupPassOnceInItsTimeAndKeepsAPlaceForWhoWaits) {
  StatusGate gate(seconds(30), milliseconds(200));
  const base::SteadyTime start{seconds(1000)};
  EXPECT_EQ(gate.ask({"a", "x"}, start), milliseconds(0));
  EXPECT_EQ(gate.ask({"a", "y"}, start), milliseconds(200)) << "five a second in all";
  EXPECT_EQ(gate.ask({"a", "z"}, start), milliseconds(400));
  EXPECT_EQ(gate.ask({"a", "y"}, start), milliseconds(200)) << "asking again costs no second place";
  EXPECT_EQ(gate.ask({"a", "y"}, start + milliseconds(200)), milliseconds(0));
  EXPECT_EQ(gate.ask({"a", "x"}, start + seconds(1)), milliseconds(29'000));
  EXPECT_EQ(gate.ask({"a", "x"}, start + seconds(30)), milliseconds(0));
}

}  // namespace
}  // namespace weir::controller
