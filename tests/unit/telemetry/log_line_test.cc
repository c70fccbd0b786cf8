#include "telemetry/log_line.h"

#include <chrono>
#include <limits>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr base::SystemTime kTime{std::chrono::milliseconds(1'700'000'000'007)};

std::string line(LogFormat format, std::initializer_list<LogField> fields) {
  return format_line(format, {kTime, LogLevel::kWarn, "kafka", "refresh failed", fields});
}

TEST(LogLine, KeyValueStartsWithTimeLevelLoggerAndMessage) {
  EXPECT_EQ(line(LogFormat::kKeyValue, {}),
            R"(ts=2023-11-14T22:13:20.007Z level=warn logger=kafka msg="refresh failed")");
}

TEST(LogLine, JsonStartsWithTimeLevelLoggerAndMessage) {
  EXPECT_EQ(line(LogFormat::kJson, {}),
            R"({"ts":"2023-11-14T22:13:20.007Z","level":"warn","logger":"kafka","msg":"refresh failed"})");
}

TEST(LogLine, EachTypeOfValueIsWrittenInItsOwnWay) {
  const std::initializer_list<LogField> fields{
      {"topic", "orders"}, {"lag", std::int64_t{-3}}, {"seconds", 0.25}, {"active", true}};
  EXPECT_TRUE(line(LogFormat::kKeyValue, fields).ends_with(" topic=orders lag=-3 seconds=0.25 active=true"));
  EXPECT_TRUE(line(LogFormat::kJson, fields).ends_with(R"(,"topic":"orders","lag":-3,"seconds":0.25,"active":true})"));
}

TEST(LogLine, NumbersThatJsonCannotHoldBecomeNull) {
  const std::initializer_list<LogField> fields{{"a", std::numeric_limits<double>::infinity()},
                                               {"b", std::numeric_limits<double>::quiet_NaN()}};
  EXPECT_TRUE(line(LogFormat::kJson, fields).ends_with(R"("a":null,"b":null})"));
  EXPECT_TRUE(line(LogFormat::kKeyValue, fields).ends_with(" a=inf b=nan"));
}

TEST(LogLine, TimesBeforeTheEpochAndWholeSecondsKeepThreeDigits) {
  const auto at = [](std::chrono::milliseconds time) {
    return format_line(LogFormat::kKeyValue, {base::SystemTime(time), LogLevel::kInfo, "a", "b", {}}).substr(0, 27);
  };
  EXPECT_EQ(at(0ms), "ts=1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(-1ms), "ts=1969-12-31T23:59:59.999Z");
}

struct Row {
  const char* name;
  std::string_view value;
  std::string_view key_value;
  std::string_view json;
};

class LogValue : public testing::TestWithParam<Row> {};

TEST_P(LogValue, IsQuotedSoThatItStaysOneValueOfOneLine) {
  const Row& row = GetParam();
  EXPECT_TRUE(line(LogFormat::kKeyValue, {{"v", row.value}}).ends_with(" v=" + std::string(row.key_value)))
      << line(LogFormat::kKeyValue, {{"v", row.value}});
  EXPECT_TRUE(line(LogFormat::kJson, {{"v", row.value}}).ends_with("\"v\":" + std::string(row.json) + "}"))
      << line(LogFormat::kJson, {{"v", row.value}});
}

INSTANTIATE_TEST_SUITE_P(
    Rows, LogValue,
    testing::Values(Row{"an_address", "kafka-1:9092,kafka-2:9092", "kafka-1:9092,kafka-2:9092",
                        R"("kafka-1:9092,kafka-2:9092")"},
                    Row{"empty", "", R"("")", R"("")"}, Row{"a_space", "two words", R"("two words")", R"("two words")"},
                    Row{"an_equals_sign", "a=b", R"("a=b")", R"("a=b")"},
                    Row{"a_quote", R"(say "hi")", R"("say \"hi\"")", R"("say \"hi\"")"},
                    Row{"a_backslash", R"(C:\x)", R"("C:\\x")", R"("C:\\x")"},
                    Row{"a_forged_line", "x\nlevel=error", R"("x\nlevel=error")", R"("x\nlevel=error")"},
                    Row{"return_and_tab", "a\r\tb", R"("a\r\tb")", R"("a\r\tb")"},
                    Row{"a_nul", "a\0b"sv, R"("a\u0000b")", R"("a\u0000b")"},
                    Row{"a_terminal_escape", "\x1B[31m", R"("\u001b[31m")", R"("\u001b[31m")"},
                    Row{"delete", "\x7F", R"("\u007f")", R"("\u007f")"},
                    Row{"a_c1_control", "\xC2\x9B", R"("\u009b")", R"("\u009b")"},
                    Row{"a_line_separator", "\xE2\x80\xA8", R"("\u2028")", R"("\u2028")"},
                    Row{"letters_beyond_ascii", "caf\xC3\xA9", "\"caf\xC3\xA9\"", "\"caf\xC3\xA9\""},
                    Row{"invalid_utf8", "a\xFFz", "\"a\xEF\xBF\xBDz\"", "\"a\xEF\xBF\xBDz\""}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace weir::telemetry
