#include "telemetry/logging.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (begin < text.size()) lines.push_back("unfinished: " + text.substr(begin));
  return lines;
}

void log_each_level(const Logger& logger) {
  logger.debug("at debug");
  logger.info("at info");
  logger.warn("at warn");
  logger.error("at error");
}

TEST(Logging, WritesOneLineAnEventToStandardError) {
  CaptureStderr();
  Logging({.format = LogFormat::kJson, .level = LogLevel::kInfo, .levels = {}})
      .logger("monitor")
      .info("group appeared", {{"group", "orders"}, {"partitions", std::int64_t{12}}});
  const auto lines = lines_of(GetCapturedStderr());
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], testing::StartsWith(R"({"ts":"2)"));
  EXPECT_THAT(lines[0],
              testing::EndsWith(
                  R"("level":"info","logger":"monitor","msg":"group appeared","group":"orders","partitions":12})"));
}

TEST(Logging, BracesAndPercentSignsInAMessageAreText) {
  CaptureStderr();
  Logging(LogOptions{}).logger("a").warn("100 % of {}", {{"pattern", "%v{}"}});
  EXPECT_THAT(GetCapturedStderr(), HasSubstr(R"(msg="100 % of {}" pattern=%v{})"));
}

TEST(Logging, ALevelHidesWhatIsBelowIt) {
  CaptureStderr();
  log_each_level(Logging({.format = LogFormat::kKeyValue, .level = LogLevel::kWarn, .levels = {}}).logger("a"));
  const auto lines = lines_of(GetCapturedStderr());
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_THAT(lines[0], HasSubstr("level=warn"));
  EXPECT_THAT(lines[1], HasSubstr("level=error"));
}

TEST(Logging, ALoggerNamedInLevelsFollowsItsOwn) {
  const Logging logging({.format = LogFormat::kKeyValue,
                         .level = LogLevel::kError,
                         .levels = {{"kafka", LogLevel::kDebug}, {"rpc", LogLevel::kOff}}});
  CaptureStderr();
  log_each_level(logging.logger("kafka"));
  log_each_level(logging.logger("rpc"));
  log_each_level(logging.logger("monitor"));
  const auto lines = lines_of(GetCapturedStderr());
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_THAT(lines[0], HasSubstr("level=debug logger=kafka"));
  EXPECT_THAT(lines[4], HasSubstr("level=error logger=monitor"));
}

TEST(Logging, ALoggerOutlivesWhatMadeIt) {
  CaptureStderr();
  Logger logger;
  logger.error("to nobody");
  logger = Logging(LogOptions{}).logger("late");
  logger.error("to somebody");
  EXPECT_EQ(lines_of(GetCapturedStderr()).size(), 1U);
}

TEST(Logging, LinesOfManyThreadsStayWhole) {
  const Logging logging(LogOptions{});
  CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (std::int64_t i = 0; i < 4; ++i) {
      threads.emplace_back([&logging, i] {
        const Logger logger = logging.logger("worker");
        for (int n = 0; n < 100; ++n)
          logger.info("tick", {{"thread", i}});
      });
    }
  }
  const auto lines = lines_of(GetCapturedStderr());
  EXPECT_EQ(lines.size(), 400U);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, testing::MatchesRegex("ts=[^ ]* level=info logger=worker msg=tick thread=[0-3]"));
  }
}

TEST(ParseLogLevel, KnowsEachNameAndTellsThemToWhoWritesAnother) {
  EXPECT_EQ(parse_log_level("trace"), LogLevel::kTrace);
  EXPECT_EQ(parse_log_level("debug"), LogLevel::kDebug);
  EXPECT_EQ(parse_log_level("info"), LogLevel::kInfo);
  EXPECT_EQ(parse_log_level("warn"), LogLevel::kWarn);
  EXPECT_EQ(parse_log_level("error"), LogLevel::kError);
  EXPECT_EQ(parse_log_level("off"), LogLevel::kOff);
  for (const char* wrong : {"", "INFO", "warning"}) {
    const auto level = parse_log_level(wrong);
    ASSERT_FALSE(level) << wrong;
    EXPECT_EQ(level.error().code, base::ErrorCode::kInvalidArgument);
    EXPECT_THAT(level.error().message, HasSubstr("trace, debug, info, warn, error, off"));
  }
}

TEST(ParseLogFormat, KnowsBothNamesAndTellsThemToWhoWritesAnother) {
  EXPECT_EQ(parse_log_format("json"), LogFormat::kJson);
  EXPECT_EQ(parse_log_format("keyvalue"), LogFormat::kKeyValue);
  const auto format = parse_log_format("xml");
  ASSERT_FALSE(format);
  EXPECT_EQ(format.error().message, "log format \"xml\": must be one of json, keyvalue");
}

}  // namespace
}  // namespace weir::telemetry
