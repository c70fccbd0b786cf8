#include "telemetry/utf8.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace weir::telemetry {
namespace {

using namespace std::string_view_literals;

struct TextRow {
  const char* name;
  std::string_view text;
  std::string_view valid;
};

class ToValidUtf8 : public testing::TestWithParam<TextRow> {};

TEST_P(ToValidUtf8, KeepsWhatIsValidAndReplacesTheRest) {
  EXPECT_EQ(to_valid_utf8(GetParam().text), GetParam().valid);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, ToValidUtf8,
    testing::Values(TextRow{"nothing", "", ""}, TextRow{"ascii", "orders-1", "orders-1"},
                    TextRow{"a_nul", "a\0b"sv, "a\0b"sv}, TextRow{"two_bytes", "caf\xC3\xA9", "caf\xC3\xA9"},
                    TextRow{"three_bytes", "\xE2\x82\xAC", "\xE2\x82\xAC"},
                    TextRow{"four_bytes", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
                    TextRow{"the_replacement_character_itself", "\xEF\xBF\xBD!", "\xEF\xBF\xBD!"},
                    TextRow{"a_lone_continuation", "a\x80z", "a\xEF\xBF\xBDz"},
                    TextRow{"a_sequence_cut_by_the_end", "a\xE2\x82", "a\xEF\xBF\xBD\xEF\xBF\xBD"},
                    TextRow{"a_sequence_cut_by_ascii", "\xC3(", "\xEF\xBF\xBD("},
                    TextRow{"an_overlong_slash", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                    TextRow{"a_surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                    TextRow{"beyond_unicode", "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                    TextRow{"a_byte_that_never_occurs", "\xFFok", "\xEF\xBF\xBDok"}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace weir::telemetry
