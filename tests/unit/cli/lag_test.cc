#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/lag_command.h"
#include "cli/lag_report.h"
#include "cli/watched_files.h"

namespace weir::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// A folder of its own for the files of one test.
class Folder {
 public:
  Folder() {
    std::string name = std::filesystem::temp_directory_path() / "weir-cli-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

constexpr const char* kScaledObject = R"(
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: orders, namespace: shop}
spec:
  triggers:
    - type: cron
      metadata: {start: 0 8 * * *}
    - type: external-push
      metadata: {scalerAddress: weir:9090, bootstrapServers: kafka:9092, consumerGroup: orders, lagThreshold: "50"}
    - type: kafka
      metadata: {bootstrapServersFromEnv: BROKERS, consumerGroup: other}
)";

TEST(LagTrigger, ComesFromFlags) {
  LagFlags flags;
  flags.bootstrap_servers = "kafka:9092";
  flags.group = "orders";
  flags.set = {"lagThreshold=50", "auth=a=b/c"};
  const auto trigger = trigger_of(flags);
  ASSERT_TRUE(trigger);
  EXPECT_EQ(trigger->ns, "default");
  EXPECT_THAT(trigger->metadata,
              UnorderedElementsAre(Pair("bootstrapServers", "kafka:9092"), Pair("consumerGroup", "orders"),
                                   Pair("lagThreshold", "50"), Pair("auth", "a=b/c")));
}

TEST(LagTrigger, ComesFromTheFirstKafkaTriggerOfAFileWithFlagsOverIt) {
  const Folder folder;
  LagFlags flags;
  flags.file = folder.write("so.yaml", kScaledObject);
  flags.set = {"lagThreshold=7"};
  const auto trigger = trigger_of(flags);
  ASSERT_TRUE(trigger) << trigger.error().message;
  EXPECT_EQ(trigger->ns, "shop");
  EXPECT_EQ(trigger->name, "orders");
  EXPECT_EQ(trigger->metadata.at("consumerGroup"), "orders");
  EXPECT_EQ(trigger->metadata.at("lagThreshold"), "7");
}

TEST(LagTrigger, IsNamedByItsIndexAndLeavesOutWhatIsInTheEnvironment) {
  const Folder folder;
  LagFlags flags;
  flags.file = folder.write("so.yaml", kScaledObject);
  flags.trigger = 2;
  const auto trigger = trigger_of(flags);
  ASSERT_TRUE(trigger);
  EXPECT_THAT(trigger->metadata, UnorderedElementsAre(Pair("consumerGroup", "other")));
}

TEST(LagTrigger, AClusterReplacesTheBrokersOfTheFile) {
  const Folder folder;
  LagFlags flags;
  flags.file = folder.write("so.yaml", kScaledObject);
  flags.cluster = "prod";
  const auto trigger = trigger_of(flags);
  ASSERT_TRUE(trigger);
  EXPECT_EQ(trigger->metadata.at("clusterRef"), "prod");
  EXPECT_FALSE(trigger->metadata.contains("bootstrapServers"));
}

TEST(LagTrigger, WrongInputIsNamed) {
  const Folder folder;
  const auto error_of = [](const LagFlags& flags) {
    const auto trigger = trigger_of(flags);
    return trigger ? std::string("no error") : trigger.error().message;
  };
  LagFlags flags;
  flags.set = {"lagThreshold"};
  EXPECT_THAT(error_of(flags), HasSubstr("--set \"lagThreshold\""));
  flags = {};
  flags.file = "no/such.yaml";
  EXPECT_THAT(error_of(flags), HasSubstr("no/such.yaml: cannot be read"));
  flags.file = folder.write("list.yaml", "- a");
  EXPECT_THAT(error_of(flags), HasSubstr("holds no ScaledObject"));
  flags.file = folder.write("bad.yaml", "a: [");
  EXPECT_THAT(error_of(flags), HasSubstr("not YAML"));
  flags.file = folder.write("so.yaml", kScaledObject);
  flags.trigger = 9;
  EXPECT_THAT(error_of(flags), HasSubstr("--trigger 9"));
  flags = {};
  flags.scaler = "weir:9090";
  EXPECT_THAT(error_of(flags), HasSubstr("--name"));
}

lag::LagDescription description() {
  return {.group = "orders",
          .topics = {{.topic = "orders",
                      .partitions = {{.partition = 0,
                                      .committed = 100,
                                      .log_start = {},
                                      .log_end = 100,
                                      .high_watermark = {},
                                      .lag = 0,
                                      .activity_lag = 0,
                                      .reason = "caught_up"},
                                     {.partition = 10,
                                      .committed = {},
                                      .log_start = 5,
                                      .log_end = 1005,
                                      .high_watermark = {},
                                      .lag = 1000,
                                      .activity_lag = 1000,
                                      .reason = "no_commit_earliest"}}}},
          .metric_name = "kafka-orders",
          .metric_value = 100,
          .target = 50,
          .active = true,
          .desired_replicas = 2,
          .decision_reason = "partition_cap",
          .total_lag = 1000,
          .activity_lag = 1000,
          .snapshot_time = base::SystemTime(std::chrono::seconds(1'700'000'000)),
          .refresh_error = {},
          .session = "kafka:9092"};
}

TEST(LagTable, AlignsPartitionsAndExplains) {
  const std::string table = lag_table(description(), false);
  EXPECT_THAT(table, ::testing::StartsWith("TOPIC   PARTITION  COMMITTED  START   END   LAG  REASON\n"
                                           "orders          0        100      -   100     0  caught_up\n"
                                           "orders         10          -      5  1005  1000  no_commit_earliest\n"));
  EXPECT_THAT(table, HasSubstr("no_commit_earliest: the group has no commit"));
  EXPECT_THAT(table, HasSubstr("group     orders, 2 partitions, 1 with lag, at 2023-11-14T22:13:20Z"));
  EXPECT_THAT(table, HasSubstr("metric    kafka-orders: 100 (cut to what the partitions can keep busy)"));
  EXPECT_THAT(table, HasSubstr("replicas  2 = metric 100 / target 50, rounded up"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  EXPECT_THAT(lag_table(description(), true), HasSubstr("\x1b[33morders"));
}

TEST(LagTable, TellsAFailedRefreshAndAnInactiveGroup) {
  lag::LagDescription idle = description();
  idle.active = false;
  idle.refresh_error = "no broker answered";
  EXPECT_THAT(lag_table(idle, false), HasSubstr("active    no"));
  EXPECT_THAT(lag_table(idle, false), HasSubstr("no broker answered"));
}

TEST(LagJson, HoldsNullWhereNothingIsKnown) {
  const auto report = lag_json(description());
  EXPECT_TRUE(report["partitions"][1]["committed"].is_null());
  EXPECT_EQ(report["partitions"][1]["lag"], 1000);
  EXPECT_EQ(report["desiredReplicas"], 2);
  EXPECT_TRUE(report["refreshError"].is_null());
}

TEST(WatchedFiles, AreReadAgainWhenTheyChange) {
  const Folder folder;
  const std::string file = folder.write("password", "old");
  const auto files = WatchedFiles::open({file}).value();
  EXPECT_EQ(files->content(file).reveal(), "old");
  const auto before = files->generation();
  folder.write("password", "new");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (files->generation() == before && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  EXPECT_EQ(files->content(file).reveal(), "new");
  std::filesystem::remove(file);
  EXPECT_EQ(files->content(file).reveal(), "new") << "a file that went away keeps its content";
}

TEST(WatchedFiles, AFileThatIsNotThereIsNamed) {
  const auto files = WatchedFiles::open({"no/such/password"});
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message, HasSubstr("no/such/password: cannot be read"));
}

}  // namespace
}  // namespace weir::cli
