#include "base/parse.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::base {
namespace {

using namespace std::chrono_literals;

template <class Value>
using Rows = std::vector<std::pair<std::string_view, Value>>;

TEST(Trim, TakesAsciiWhiteSpaceOffBothEnds) {
  for (const auto& [text, trimmed] : Rows<std::string_view>{{"", ""},
                                                            {" \t\r\n\v\f", ""},
                                                            {"a", "a"},
                                                            {"  a b\n", "a b"},
                                                            {"\xC2\xA0"
                                                             "a",
                                                             "\xC2\xA0"
                                                             "a"}}) {
    EXPECT_EQ(trim(text), trimmed) << "'" << text << "'";
  }
}

TEST(SplitTrimmed, KeepsEmptyPartsAndTrimsEach) {
  using Parts = std::vector<std::string>;
  for (const auto& [text, parts] : Rows<Parts>{{"", {}},
                                               {"a", {"a"}},
                                               {" a , b ", {"a", "b"}},
                                               {"a,,b", {"a", "", "b"}},
                                               {",", {"", ""}},
                                               {"a,", {"a", ""}},
                                               {" ", {""}}}) {
    EXPECT_EQ(split_trimmed(text, ','), parts) << "'" << text << "'";
  }
}

TEST(ParseBool, TakesGosSpellingsOnly) {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
    EXPECT_EQ(parse_bool(yes), true) << yes;
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
    EXPECT_EQ(parse_bool(no), false) << no;
  for (const std::string_view wrong : {"", "yes", "no", "tRUE", "on", "2", " true", "true "}) {
    EXPECT_EQ(parse_bool(wrong), std::nullopt) << "'" << wrong << "'";
  }
}

TEST(ParseInt, TakesWholeDecimalNumbersOf64Bits) {
  for (const auto& [text, number] : Rows<std::optional<std::int64_t>>{{"0", 0},
                                                                      {"-7", -7},
                                                                      {"9223372036854775807", INT64_MAX},
                                                                      {"-9223372036854775808", INT64_MIN},
                                                                      {"9223372036854775808", std::nullopt},
                                                                      {"", std::nullopt},
                                                                      {"-", std::nullopt},
                                                                      {"+1", std::nullopt},
                                                                      {"1.0", std::nullopt},
                                                                      {"1e1", std::nullopt},
                                                                      {"0x1", std::nullopt},
                                                                      {" 1", std::nullopt},
                                                                      {"1 ", std::nullopt},
                                                                      {"10k", std::nullopt}}) {
    EXPECT_EQ(parse_int(text), number) << "'" << text << "'";
  }
}

TEST(ParseDouble, TakesFiniteDecimalNumbers) {
  for (const auto& [text, number] : Rows<std::optional<double>>{{"0", 0.0},
                                                                {"1.5", 1.5},
                                                                {"-0.25", -0.25},
                                                                {"1e3", 1000.0},
                                                                {"inf", std::nullopt},
                                                                {"nan", std::nullopt},
                                                                {"1e999", std::nullopt},
                                                                {"", std::nullopt},
                                                                {"1,5", std::nullopt},
                                                                {"1.5x", std::nullopt}}) {
    EXPECT_EQ(parse_double(text), number) << "'" << text << "'";
  }
}

TEST(ParseDuration, TakesAPositiveNumberWithAUnit) {
  for (const auto& [text, duration] : Rows<std::optional<std::chrono::milliseconds>>{{"500ms", 500ms},
                                                                                     {"5s", 5s},
                                                                                     {"1.5m", 90s},
                                                                                     {"2h", 2h},
                                                                                     {"0.5ms", std::nullopt},
                                                                                     {"0s", std::nullopt},
                                                                                     {"-5s", std::nullopt},
                                                                                     {"5", std::nullopt},
                                                                                     {"s", std::nullopt},
                                                                                     {"ms", std::nullopt},
                                                                                     {"", std::nullopt},
                                                                                     {"5 s", std::nullopt},
                                                                                     {"5S", std::nullopt},
                                                                                     {"1h30m", std::nullopt},
                                                                                     {"5d", std::nullopt},
                                                                                     {"nans", std::nullopt},
                                                                                     {"1e300h", std::nullopt}}) {
    EXPECT_EQ(parse_duration(text), duration) << "'" << text << "'";
  }
}

TEST(FormatDuration, IsReadBackByParseDuration) {
  for (const auto& [text, duration] : Rows<std::chrono::milliseconds>{
           {"1ms", 1ms}, {"1500ms", 1500ms}, {"5s", 5s}, {"90s", 90s}, {"1m", 60s}, {"50m", 50min}, {"24h", 24h}}) {
    EXPECT_EQ(format_duration(duration), text);
    EXPECT_EQ(parse_duration(text), duration);
  }
  EXPECT_EQ(format_duration(0ms), "0s");
}

TEST(GlobMatch, StarsStandForAnyRunAndQuestionMarksForOneCharacter) {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  for (const auto& [pattern, text, matches] : std::vector<Row>{{"", "", true},
                                                               {"", "a", false},
                                                               {"*", "", true},
                                                               {"*", "anything", true},
                                                               {"kafka-?:9092", "kafka-1:9092", true},
                                                               {"kafka-?:9092", "kafka-:9092", false},
                                                               {"kafka-?:9092", "kafka-12:9092", false},
                                                               {"*.example.com:*", "a.b.example.com:9092", true},
                                                               {"*.example.com:*", "example.com:9092", false},
                                                               {"*.example.com", "a.example.com.evil", false},
                                                               {"a*b*c", "aXbYbZc", true},
                                                               {"a*b*c", "aXbYbZ", false},
                                                               {"a**", "a", true},
                                                               {"*ab", "aab", true},
                                                               {"team-a", "TEAM-A", false},
                                                               {"?", "", false}}) {
    EXPECT_EQ(glob_match(pattern, text), matches) << pattern << " against " << text;
  }
}

TEST(GlobMatch, ManyStarsAgainstALongTextDoNotTakeForEver) {
  std::string pattern;
  for (int i = 0; i < 30; ++i)
    pattern += "a*";
  EXPECT_FALSE(glob_match(pattern + "b", std::string(20'000, 'a')));
}

}  // namespace
}  // namespace weir::base
