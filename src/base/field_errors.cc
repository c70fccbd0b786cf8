#include "base/field_errors.h"

namespace weir::base {
namespace {

constexpr std::size_t kShownValue = 80;

}  // namespace

std::string to_string(const FieldError& error) {
  if (error.value.empty()) return fmt::format("{}: {}", error.field, error.remedy);
  const bool cut = error.value.size() > kShownValue;
  return fmt::format("{} \"{}{}\": {}", error.field, error.value.substr(0, kShownValue), cut ? "..." : "",
                     error.remedy);
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
