#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace weir::base {

// One wrong field: its name, the value found (empty when it is missing) and what to write instead.
struct FieldError {
  std::string field;
  std::string value;
  std::string remedy;

  bool operator==(const FieldError&) const = default;
};

// Collects every wrong field of one input, so that a user sees all of them at once. Not thread-safe.
class FieldErrors {
 public:
  // `value` must not be a secret; pass "" for those.
  void add(std::string_view field, std::string_view value, std::string_view remedy);

  bool empty() const { return errors_.empty(); }
  const std::vector<FieldError>& list() const { return errors_; }

  // kInvalidArgument with every field, as `field "value": remedy; ...`. Only when not empty().
  Error to_error() const;

 private:
  std::vector<FieldError> errors_;
};

// `field "value": remedy`, or `field: remedy` when there is no value. Long values are cut.
std::string to_string(const FieldError& error);

}  // namespace weir::base
