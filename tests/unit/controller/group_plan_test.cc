#include "controller/group_plan.h"

#include <gmock/gmock.h>

#include "group_fixture.h"

namespace weir::controller {
namespace {

using base::ErrorCode;
using kube::Json;
using ::testing::HasSubstr;

const ScaledObjectOptions kOptions{.scaler_address = "weir:9090", .hpa_tolerance = true};

Observed well() {
  return {.keda = KedaState::kInstalled,
          .scaled_object = nullptr,
          .rivals = {},
          .scaler_serves = true,
          .lag = base::Result<LagReading>(LagReading{.partitions = 12, .lag = 700, .desired_replicas = 7})};
}

kube::ObjectPtr applied(const Json& object, std::optional<std::int64_t> partitions) {
  return std::make_shared<const Json>(
      desired_scaled_object(read_consumer_group(object), read_scaling(object).value(), partitions, kOptions));
}

enum class Does { kKeeps, kApplies, kRemoves };

Does action_of(const GroupPlan& plan) {
  if (std::holds_alternative<ApplyScaledObject>(plan.action)) return Does::kApplies;
  return std::holds_alternative<RemoveScaledObject>(plan.action) ? Does::kRemoves : Does::kKeeps;
}

const Condition& condition(const GroupPlan& plan, std::string_view type) {
  for (const Condition& one : plan.conditions)
    if (one.type == type) return one;
  throw std::out_of_range("no such condition");
}

struct Row {
  const char* name;
  std::function<void(Json& object, Observed& observed)> given;
  Does does;
  ConditionStatus status;
  const char* reason;
  const char* words = "";
};

TEST(GroupPlan, DecidesOnTheScaledObjectAndSaysWhy) {
  const Row rows[] = {
      {"a new group gets one", [](Json&, Observed&) {}, Does::kApplies, ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"one that is as it should be is left alone",
       [](Json& object, Observed& observed) { observed.scaled_object = applied(object, 12); }, Does::kKeeps,
       ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"a changed spec is applied",
       [](Json& object, Observed& observed) {
         observed.scaled_object = applied(object, 12);
         object["spec"]["scaling"]["max"] = 6;
       },
       Does::kApplies, ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"none is made before the scaler serves", [](Json&, Observed& observed) { observed.scaler_serves = false; },
       Does::kKeeps, ConditionStatus::kFalse, "ScalerUnavailable"},
      {"none is made before the scaler has said something of the group",
       [](Json&, Observed& observed) { observed.lag.reset(); }, Does::kKeeps, ConditionStatus::kUnknown, "Pending"},
      {"one is made while Kafka is away, without a cap",
       [](Json&, Observed& observed) { observed.lag = base::fail(ErrorCode::kUnavailable, "Kafka is away"); },
       Does::kApplies, ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"with the scaler away one that is there stands, by the partitions in status",
       [](Json& object, Observed& observed) {
         object["status"]["partitions"] = 12;
         observed.scaled_object = applied(object, 12);
         observed.scaler_serves = false;
         observed.lag.reset();
       },
       Does::kKeeps, ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"min above the partitions is applied and said",
       [](Json& object, Observed&) { object["spec"]["scaling"]["min"] = 20; }, Does::kApplies, ConditionStatus::kTrue,
       "MinAbovePartitions", "min is 20, but 12 partitions"},
      {"a wrong annotation changes nothing",
       [](Json& object, Observed& observed) {
         observed.scaled_object = applied(object, 12);
         object["metadata"]["annotations"]["autoscaling.weir.dev/max-scale"] = "0";
       },
       Does::kKeeps, ConditionStatus::kFalse, "InvalidScaling", "autoscaling.weir.dev/max-scale"},
      {"disabled removes ours",
       [](Json& object, Observed& observed) {
         observed.scaled_object = applied(object, 12);
         object["spec"]["scaling"]["class"] = "disabled";
       },
       Does::kRemoves, ConditionStatus::kTrue, "AutoscalingDisabled"},
      {"disabled leaves another's of that name alone",
       [](Json& object, Observed& observed) {
         auto other = *applied(object, 12);
         other["metadata"].erase("ownerReferences");
         observed.scaled_object = std::make_shared<const Json>(other);
         object["spec"]["scaling"]["class"] = "disabled";
       },
       Does::kKeeps, ConditionStatus::kTrue, "AutoscalingDisabled"},
      {"a rival keeps us from making one", [](Json&, Observed& observed) { observed.rivals = {"mine"}; }, Does::kKeeps,
       ConditionStatus::kFalse, "ConflictingScaledObject", "ScaledObject mine"},
      {"another's object of our name is not taken over",
       [](Json& object, Observed& observed) {
         auto other = *applied(object, 12);
         other["metadata"].erase("ownerReferences");
         observed.scaled_object = std::make_shared<const Json>(other);
       },
       Does::kKeeps, ConditionStatus::kFalse, "ConflictingScaledObject", "so-u-1"},
      {"without KEDA nothing is made", [](Json&, Observed& observed) { observed.keda = KedaState::kAbsent; },
       Does::kKeeps, ConditionStatus::kFalse, "KedaNotInstalled"},
      {"as long as that is not known nothing changes",
       [](Json& object, Observed& observed) {
         observed.keda = KedaState::kUnknown;
         object["spec"]["scaling"]["class"] = "disabled";
       },
       Does::kKeeps, ConditionStatus::kUnknown, "Pending"},
      {"and what status says stands",
       [](Json& object, Observed& observed) {
         observed.keda = KedaState::kUnknown;
         object["status"]["conditions"] = Json::array(
             {Json{{"type", "Autoscaling"}, {"status", "True"}, {"reason", "ScaledObjectApplied"}, {"message", "x"}}});
       },
       Does::kKeeps, ConditionStatus::kTrue, "ScaledObjectApplied", "x"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    auto object = orders();
    auto observed = well();
    row.given(object, observed);
    const auto plan = plan_group(object, observed, kOptions);
    EXPECT_EQ(action_of(plan), row.does);
    EXPECT_EQ(condition(plan, "Autoscaling").status, row.status);
    EXPECT_EQ(condition(plan, "Autoscaling").reason, row.reason);
    EXPECT_THAT(condition(plan, "Autoscaling").message, HasSubstr(row.words));
    EXPECT_EQ(plan.replicas, 4);
    EXPECT_EQ(plan.selector, "weir.dev/consumergroup-uid=u-1");
  }
}

TEST(GroupPlan, CapsByThePartitionsThatAreKnown) {
  auto object = orders();
  auto observed = well();
  const auto most = [&] {
    const auto plan = plan_group(object, observed, kOptions);
    return kube::int_at(std::get<ApplyScaledObject>(plan.action).object, "/spec/maxReplicaCount");
  };
  EXPECT_EQ(most(), 12);
  observed.lag = base::fail(ErrorCode::kUnavailable, "away");
  EXPECT_EQ(most(), 50) << "nobody has ever told how many there are";
  object["status"]["partitions"] = 24;
  EXPECT_EQ(most(), 24) << "what status holds stands";
}

TEST(GroupPlan, TellsOfLagWhatTheScalerTellsOfIt) {
  struct LagRow {
    const char* name;
    std::optional<base::Result<LagReading>> lag;
    ConditionStatus status, ready;
    const char* reason;
  };
  const LagRow rows[] = {
      {"measured", base::Result<LagReading>(LagReading{.partitions = 1}), ConditionStatus::kTrue,
       ConditionStatus::kTrue, "Measured"},
      {"a missing topic", base::fail(ErrorCode::kNotFound, "no topic"), ConditionStatus::kFalse,
       ConditionStatus::kFalse, "NotFound"},
      {"denied", base::fail(ErrorCode::kPermissionDenied, "no"), ConditionStatus::kFalse, ConditionStatus::kFalse,
       "PermissionDenied"},
      {"Kafka away, never seen before", base::fail(ErrorCode::kUnavailable, "away"), ConditionStatus::kUnknown,
       ConditionStatus::kTrue, "Unavailable"},
  };
  for (const LagRow& row : rows) {
    SCOPED_TRACE(row.name);
    auto observed = well();
    observed.lag = row.lag;
    const auto plan = plan_group(orders(), observed, kOptions);
    EXPECT_EQ(condition(plan, "LagKnown").status, row.status);
    EXPECT_EQ(condition(plan, "LagKnown").reason, row.reason);
    EXPECT_EQ(condition(plan, "Ready").status, row.ready);
    EXPECT_EQ(plan.conditions.back().type, "Ready");
  }
}

TEST(GroupPlan, ReadyFollowsWhatThePoolSays) {
  struct PoolRow {
    const char* name;
    std::optional<PlacementReport> placement;
    const char* scheduled;
    ConditionStatus ready;
    const char* reason;
  };
  const auto told = [](ConditionStatus status, const char* reason) {
    return PlacementReport{.placed = std::nullopt, .scheduled = {"Scheduled", status, reason, "words"}};
  };
  const PoolRow rows[] = {
      {"a group without a pool", std::nullopt, "", ConditionStatus::kTrue, "ScaledObjectApplied"},
      {"one that is placed", told(ConditionStatus::kTrue, "Placed"), "Placed", ConditionStatus::kTrue,
       "ScaledObjectApplied"},
      {"one that does not fit", told(ConditionStatus::kFalse, "PoolAtMaximum"), "PoolAtMaximum",
       ConditionStatus::kFalse, "PoolAtMaximum"},
      {"one whose pool grows", told(ConditionStatus::kUnknown, "PoolGrowing"), "PoolGrowing", ConditionStatus::kUnknown,
       "PoolGrowing"},
      {"one of a leader that knows nothing yet", told(ConditionStatus::kUnknown, "Pending"), "Placed",
       ConditionStatus::kTrue, "ScaledObjectApplied"},
  };
  for (const PoolRow& row : rows) {
    SCOPED_TRACE(row.name);
    auto object = orders();
    object["status"]["conditions"] =
        Json::array({Json{{"type", "Scheduled"}, {"status", "True"}, {"reason", "Placed"}, {"message", "words"}}});
    auto observed = well();
    observed.placement = row.placement;
    const auto plan = plan_group(object, observed, kOptions);
    EXPECT_EQ(condition(plan, "Ready").status, row.ready);
    EXPECT_EQ(condition(plan, "Ready").reason, row.reason);
    EXPECT_EQ(plan.conditions.size(), row.placement ? 4U : 3U);
    if (row.placement) {
      EXPECT_EQ(condition(plan, "Scheduled").reason, row.scheduled);
    }
  }
}

}  // namespace
}  // namespace weir::controller
