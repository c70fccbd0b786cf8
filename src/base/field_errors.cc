#include "base/field_errors.h"

#include <algorithm>
#include <cstddef>

namespace weir::base {
namespace {

constexpr std::size_t kShownValue = 80;

// The start of `value` that is shown; never ends inside a UTF-8 character.
std::string_view shown_part(std::string_view value) {
  std::size_t size = std::min(value.size(), kShownValue);
  const auto continues = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; };
  while (size > 0 && size < value.size() && continues(value[size]))
    --size;
  return value.substr(0, size);
}

}  // namespace

std::string to_string(const FieldError& error) {
  if (error.value.empty()) return fmt::format("{}: {}", error.field, error.remedy);
  const std::string_view shown = shown_part(error.value);
  const bool cut = shown.size() < error.value.size();
  return fmt::format("{} \"{}{}\": {}", error.field, shown, cut ? "..." : "", error.remedy);
}

void FieldErrors::add(std::string_view field, std::string_view value, std::string_view remedy) {
  errors_.push_back({std::string(field), std::string(value), std::string(remedy)});
}

Error FieldErrors::to_error() const {
  std::string text;
  for (const FieldError& error : errors_) {
    if (!text.empty()) text += "; ";
    text += to_string(error);
  }
  return {ErrorCode::kInvalidArgument, text};
}

}  // namespace weir::base
