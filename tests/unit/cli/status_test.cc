#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/readiness.h"
#include "cli/status_report.h"
#include "cli/trigger_metrics.h"
#include "support/fake_clock.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;
using ::testing::HasSubstr;
using weir::testing::FakeClock;

// A trigger with a group that is `lag` behind in the second of its two partitions.
rpc::TriggerStatus trigger_row(const FakeClock& clock, const std::string& name, std::int64_t lag) {
  auto trigger = std::make_shared<rpc::Trigger>();
  trigger->ns = "shop";
  trigger->name = name;
  trigger->spec.group = name + "-group";
  trigger->spec.topics = {"orders"};
  trigger->spec.metric_name = "kafka-orders";
  auto snapshot = std::make_shared<monitor::Snapshot>();
  snapshot->taken = clock.now() - milliseconds(1500);
  snapshot->taken_at = base::SystemTime(std::chrono::seconds(1'700'000'000));
  const auto partition = [](int number, lag::Offset end) {
    return lag::PartitionOffsets{
        .partition = number, .committed = 10, .log_start = 0, .log_end = end, .high_watermark = {}, .progress = {}};
  };
  snapshot->offsets = std::make_shared<const lag::GroupOffsets>(
      lag::GroupOffsets{{.topic = "orders", .partitions = {partition(0, 10), partition(1, 10 + lag)}}});
  rpc::TriggerStatus row{.trigger = trigger,
                         .session = "kafka:9092",
                         .last_asked = clock.now(),
                         .streams = 1,
                         .subscription = {.snapshot = snapshot, .error = {}, .created = clock.now()},
                         .decision = {}};
  row.decision = scaling::decide(trigger->spec.policy, *snapshot->offsets, clock.now());
  return row;
}

// A trigger whose group was never read.
rpc::TriggerStatus failed_row(const FakeClock& clock, const std::string& name) {
  rpc::TriggerStatus row = trigger_row(clock, name, 0);
  row.subscription.snapshot = nullptr;
  row.subscription.error = base::Error{ErrorCode::kUnauthenticated, "Kafka refused the credentials"};
  row.decision.reset();
  return row;
}

StatusInput input(const FakeClock& clock, std::vector<rpc::TriggerStatus> triggers) {
  return {.version = "1.2.3",
          .started = clock.now() - milliseconds(2500),
          .now = clock.now(),
          .sessions = {{.name = "kafka:9092",
                        .brokers = {"kafka:9092"},
                        .authentication = "plaintext",
                        .last_error = "timed out"}},
          .triggers = std::move(triggers)};
}

TEST(StatusReport, TellsSessionsTriggersAndDecisions) {
  const FakeClock clock;
  const auto report = status_report(input(clock, {trigger_row(clock, "b", 25), failed_row(clock, "a")}), false);
  EXPECT_EQ(report["version"], "1.2.3");
  EXPECT_EQ(report["uptimeSeconds"], 2.5);
  EXPECT_EQ(report["component"], "scaler");
  EXPECT_TRUE(report["unready"].is_null());
  EXPECT_EQ(report["sessions"][0]["lastError"], "timed out");
  const auto& failed = report["triggers"][0];
  EXPECT_EQ(failed["name"], "a") << "by name";
  EXPECT_TRUE(failed["snapshot"].is_null());
  EXPECT_TRUE(failed["decision"].is_null());
  EXPECT_EQ(failed["error"]["message"], "Kafka refused the credentials");
  const auto& good = report["triggers"][1];
  EXPECT_EQ(good["group"], "b-group");
  EXPECT_EQ(good["snapshot"]["time"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(good["snapshot"]["ageSeconds"], 1.5);
  EXPECT_EQ(good["decision"]["lag"], 25);
  EXPECT_EQ(good["decision"]["metric"], 20) << "two partitions with a target of 10";
  EXPECT_EQ(good["decision"]["reason"], "partition_cap");
  EXPECT_EQ(good["decision"]["desiredReplicas"], 2);
  EXPECT_TRUE(good["error"].is_null());
  EXPECT_EQ(good["openStreams"], 1);
  EXPECT_FALSE(good.contains("partitions"));
}

TEST(StatusReport, TellsPartitionsWhenAsked) {
  const FakeClock clock;
  const auto one = status_of(input(clock, {trigger_row(clock, "a", 5), trigger_row(clock, "b", 0)}), "shop", "a");
  ASSERT_TRUE(one);
  ASSERT_EQ((*one)["triggers"].size(), 1u);
  const auto& partition = (*one)["triggers"][0]["partitions"][1];
  EXPECT_EQ(partition["committed"], 10);
  EXPECT_EQ(partition["logEnd"], 15);
  EXPECT_EQ(partition["lag"], 5);
  EXPECT_EQ(partition["reason"], "behind");
  EXPECT_FALSE(status_of(input(clock, {}), "shop", "a"));
}

std::map<std::string, double> metrics_of(const std::vector<rpc::TriggerStatus>& rows, std::size_t most) {
  std::vector<telemetry::Sample> samples;
  collect_trigger_metrics(rows, most, samples);
  std::map<std::string, double> values;
  for (const auto& sample : samples) {
    const auto name = sample.labels.find("name");
    const std::string key = name == sample.labels.end() ? sample.name : sample.name + "/" + name->second;
    EXPECT_TRUE(values.emplace(key, sample.value).second) << key << " twice";
  }
  return values;
}

TEST(TriggerMetrics, AreASeriesAGroupAndSums) {
  const FakeClock clock;
  const auto values = metrics_of({trigger_row(clock, "a", 5), trigger_row(clock, "b", 7), failed_row(clock, "c")}, 10);
  EXPECT_EQ(values.at("weir_group_lag/a"), 5);
  EXPECT_EQ(values.at("weir_group_active/b"), 1);
  EXPECT_EQ(values.at("weir_group_at_max_replicas/b"), 0) << "a replica of two";
  EXPECT_EQ(values.at("weir_snapshot_timestamp_seconds/a"), 1'700'000'000);
  EXPECT_FALSE(values.contains("weir_group_lag/c")) << "unknown is not 0";
  EXPECT_EQ(values.at("weir_groups_lag"), 12);
  EXPECT_EQ(values.at("weir_groups_without_snapshot"), 1);
  EXPECT_EQ(values.at("weir_metrics_dropped_triggers"), 0);
}

TEST(TriggerMetrics, TellWhichGroupsHaveAsManyReplicasAsTheyMay) {
  const FakeClock clock;
  EXPECT_EQ(metrics_of({trigger_row(clock, "a", 25)}, 10).at("weir_group_at_max_replicas/a"), 1)
      << "cut to 2 partitions";
  const auto with_maximum = [&](std::int64_t replicas) {
    auto row = trigger_row(clock, "a", 5);
    auto trigger = std::make_shared<rpc::Trigger>(*row.trigger);
    trigger->spec.policy.hpa_max_replicas = replicas;
    row.trigger = trigger;
    row.decision = scaling::decide(trigger->spec.policy, *row.subscription.snapshot->offsets, clock.now());
    return metrics_of({row}, 10).at("weir_group_at_max_replicas/a");
  };
  EXPECT_EQ(with_maximum(1), 1);
  EXPECT_EQ(with_maximum(2), 0);
}

TEST(TriggerMetrics, TriggersOfOneGroupShareASeries) {
  const FakeClock clock;
  const auto values = metrics_of({trigger_row(clock, "a", 5), trigger_row(clock, "a", 7)}, 10);
  EXPECT_EQ(values.at("weir_group_lag/a"), 12);
  EXPECT_EQ(values.at("weir_triggers"), 2);
  EXPECT_EQ(values.at("weir_groups"), 1);
}

TEST(TriggerMetrics, BeyondTheBoundOnlySumsRemain) {
  const FakeClock clock;
  const auto values = metrics_of({trigger_row(clock, "a", 5), trigger_row(clock, "b", 7)}, 1);
  EXPECT_TRUE(values.contains("weir_group_lag/a"));
  EXPECT_FALSE(values.contains("weir_group_lag/b"));
  EXPECT_EQ(values.at("weir_groups_lag"), 12);
  EXPECT_EQ(values.at("weir_metrics_dropped_triggers"), 1);
}

TEST(StaleReason, ComesWhenHalfOfTheGroupsAreStale) {
  EXPECT_FALSE(stale_reason({.subscriptions = 0, .stale = 0}, milliseconds(60'000)));
  EXPECT_FALSE(stale_reason({.subscriptions = 3, .stale = 1}, milliseconds(60'000)));
  EXPECT_THAT(*stale_reason({.subscriptions = 4, .stale = 2}, milliseconds(60'000)), HasSubstr("2 of 4"));
  EXPECT_TRUE(stale_reason({.subscriptions = 1, .stale = 1}, milliseconds(60'000)));
}

TEST(Readiness, FollowsItsJudgeUntilTheShutdown) {
  std::vector<bool> told;
  Readiness readiness([]() -> std::optional<std::string> { return std::nullopt; },
                      [&](bool ready) { told.push_back(ready); });
  EXPECT_FALSE(readiness.reason());
  readiness.shut_down();
  EXPECT_EQ(readiness.reason(), "shutting down");
  EXPECT_EQ(told, (std::vector<bool>{true, false}));
}

}  // namespace
}  // namespace weir::cli
