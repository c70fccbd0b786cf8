#include "cli/scheduler_config.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

namespace weir::cli {
namespace {

using ::testing::HasSubstr;

class SchedulerConfigTest : public ::testing::Test {
 protected:
  SchedulerConfigTest() : file_(std::filesystem::path(::testing::TempDir()) / "weir_scheduler_config.yaml") {}
  ~SchedulerConfigTest() override { std::filesystem::remove(file_); }

  base::Result<SchedulerConfig> read(const std::string& text, const std::string& profile = "") {
    std::ofstream(file_) << text;
    return read_scheduler_config(file_, profile);
  }

  const std::filesystem::path file_;
};

TEST_F(SchedulerConfigTest, WithoutAFileItIsTheDefault) {
  const auto config = read_scheduler_config("", "");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->profile.name, "default");
  EXPECT_EQ(config->patience.node_grace, std::chrono::seconds(40));
}

TEST_F(SchedulerConfigTest, HasProfilesAndPatienceOfTheFile) {
  const std::string text = "profile: mine\nprofiles: {mine: {scores: [PodSpread]}}\npatience: {nodeGrace: 5s}\n";
  const auto config = read(text);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->profile.name, "mine");
  EXPECT_EQ(config->patience.node_grace, std::chrono::seconds(5));
  EXPECT_EQ(read(text, "compact")->profile.name, "compact") << "the flag stands over it";
}

TEST_F(SchedulerConfigTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(read("patience: {nodeGrace: soon}\n").error().message, HasSubstr("patience.nodeGrace: \"soon\""));
  EXPECT_THAT(read("pods: [{name: pool-0, state: pending}]\n").error().message,
              HasSubstr("the cluster says what there is"));
  EXPECT_THAT(read("{}\n", "fast").error().message, HasSubstr("--scheduler-profile \"fast\": write one of default"));
  EXPECT_THAT(read_scheduler_config("/nowhere/weir.yaml", "").error().message, HasSubstr("/nowhere/weir.yaml"));
}

}  // namespace
}  // namespace weir::cli
