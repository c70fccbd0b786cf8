#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::base {

// Without leading and trailing ASCII white space.
std::string_view trim(std::string_view text);

// Parts between `separator`, each trimmed; empty parts are kept. An empty text has no parts.
std::vector<std::string> split_trimmed(std::string_view text, char separator);

// A bool as Go's strconv.ParseBool takes it (1, t, T, TRUE, true, True, 0, f, F, FALSE, false, False).
std::optional<bool> parse_bool(std::string_view text);

// A decimal integer of 64 bits, with an optional minus and nothing else.
std::optional<std::int64_t> parse_int(std::string_view text);

// A decimal number, finite.
std::optional<double> parse_double(std::string_view text);

// A positive duration: a number with a unit of ms, s, m or h, such as 500ms, 5s, 1.5m.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// The shortest text that parse_duration reads back: 500ms, 5s, 50m.
std::string format_duration(std::chrono::milliseconds duration);

// Whether `text` matches `pattern`, in which * stands for any run of characters and ? for one.
bool glob_match(std::string_view pattern, std::string_view text);

}  // namespace weir::base
