#include "scaling/kafka_version.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/parse.h"

namespace weir::scaling {
namespace {

std::optional<std::uint64_t> parse_part(std::string_view text) {
  std::uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto result = std::from_chars(text.data(), last, value);
  if (text.empty() || result.ec != std::errc() || result.ptr != last) return std::nullopt;
  return value;
}

}  // namespace

bool is_kafka_version(std::string_view text) {
  if (text.find_first_of(" \t\r\n\v\f") != std::string_view::npos) return false;
  const auto parts = base::split_trimmed(text, '.');
  std::vector<std::uint64_t> numbers;
  for (const std::string& part : parts) {
    const auto number = parse_part(part);
    if (!number) return false;
    numbers.push_back(*number);
  }
  const bool before_one = text.starts_with('0');
  if (numbers.size() != (before_one ? 4U : 3U)) return false;
  // The client cannot find a cluster's controller with an older protocol, so KEDA's trigger never starts with one.
  return !before_one || (parts.front() == "0" && numbers[1] >= 10);
}

}  // namespace weir::scaling
