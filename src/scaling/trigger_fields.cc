#include "scaling/trigger_fields.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"

namespace weir::scaling {

std::optional<std::int64_t> parse_json_int(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return base::parse_int(text);
}

std::string TriggerFields::text(std::string_view key) const {
  const auto found = metadata_.find(std::string(key));
  return found == metadata_.end() ? std::string() : std::string(base::trim(found->second));
}

std::string TriggerFields::text_or_env(std::string_view key) const {
  std::string value = text(key);
  return value.empty() ? text(fmt::format("{}FromEnv", key)) : value;
}

bool TriggerFields::flag(std::string_view key, bool otherwise) {
  const std::string value = text(key);
  if (value.empty()) return otherwise;
  const auto parsed = base::parse_bool(value);
  if (!parsed) add_error(key, "write \"true\" or \"false\"");
  return parsed.value_or(otherwise);
}

std::optional<std::int64_t> TriggerFields::integer(std::string_view key, IntRange range) {
  const std::string value = text(key);
  if (value.empty()) return std::nullopt;
  const auto parsed = parse_json_int(value);
  if (parsed && *parsed >= range.least && *parsed <= range.most) return parsed;
  const bool bounded = range.most != std::numeric_limits<std::int64_t>::max();
  const std::string bounds =
      bounded ? fmt::format("from {} to {}", range.least, range.most) : fmt::format("of at least {}", range.least);
  add_error(key, fmt::format("write a whole number {}, without leading zeros, sign or exponent", bounds));
  return std::nullopt;
}

std::string TriggerFields::choice(std::string_view key, std::span<const std::string_view> allowed) {
  std::string value = text(key);
  if (value.empty() || std::ranges::find(allowed, value) != allowed.end()) return value;
  add_error(key, fmt::format("write one of {}", fmt::join(allowed, ", ")));
  return {};
}

}  // namespace weir::scaling
