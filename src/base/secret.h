#pragma once

#include <string>
#include <utility>

#include <fmt/format.h>

namespace weir::base {

// A string that must never be printed: every formatter shows `***`. Compared and copied like its value.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  // The value itself, for the one call that needs it.
  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

  bool operator==(const Secret&) const = default;
  auto operator<=>(const Secret&) const = default;

 private:
  std::string value_;
};

}  // namespace weir::base

template <>
struct fmt::formatter<weir::base::Secret> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const weir::base::Secret&, Context& context) const {
    return fmt::formatter<fmt::string_view>::format("***", context);
  }
};
