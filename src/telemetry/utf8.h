#pragma once

#include <string>
#include <string_view>

namespace weir::telemetry {

// Takes the first code point off `text`, which must not be empty. A byte that starts no valid UTF-8 sequence is taken
// alone and answered as U+FFFD.
char32_t take_code_point(std::string_view& text);

void append_utf8(std::string& out, char32_t code_point);

// `text` with every invalid byte replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

}  // namespace weir::telemetry
