#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/field_errors.h"
#include "scaling/trigger_spec.h"

namespace weir::scaling {

// Bounds of an integer field, both included.
struct IntRange {
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
};

// An integer as KEDA reads it, which is as JSON writes it: no plus sign, no leading zeros, no exponent.
std::optional<std::int64_t> parse_json_int(std::string_view text);

// Reads typed values out of trigger metadata by KEDA's rules: values are trimmed and a blank one counts as absent.
// Each wrong value is added to the errors and read as if it were absent. Holds references to both arguments.
class TriggerFields {
 public:
  TriggerFields(const TriggerMetadata& metadata, base::FieldErrors& errors) : metadata_(metadata), errors_(errors) {}

  // The trimmed value; empty when absent.
  std::string text(std::string_view key) const;
  // As text(), but where `key` is absent, `<key>FromEnv`, of which KEDA sends the value of the variable.
  std::string text_or_env(std::string_view key) const;
  bool has(std::string_view key) const { return !text(key).empty(); }

  bool flag(std::string_view key, bool otherwise);
  std::optional<std::int64_t> integer(std::string_view key, IntRange range);
  // One of `allowed`, or empty when absent.
  std::string choice(std::string_view key, std::span<const std::string_view> allowed);

  // With the value that `key` has, or one of its parts.
  void add_error(std::string_view key, std::string_view remedy) { errors_.add(key, text(key), remedy); }
  void add_error(std::string_view key, std::string_view value, std::string_view remedy) {
    errors_.add(key, value, remedy);
  }

 private:
  const TriggerMetadata& metadata_;
  base::FieldErrors& errors_;
};

}  // namespace weir::scaling
