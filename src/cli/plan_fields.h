#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/check_report.h"

namespace weir::cli {

// Reads fields of a plan's problem; what is wrong is reported, and the default stands then.
class PlanFields {
 public:
  explicit PlanFields(CheckReport& report) : report_(report) {}

  CheckReport& report() { return report_; }

  std::string required_text(const CheckNode& node, std::string_view example);
  std::int64_t number(const CheckNode& node, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  std::optional<std::int64_t> optional_number(const CheckNode& node, std::int64_t least, std::int64_t most);
  bool boolean(const CheckNode& node, bool otherwise);
  std::chrono::milliseconds duration(const CheckNode& node, std::chrono::milliseconds otherwise);
  // Whether `node` is a list, an absent one counting as empty.
  bool is_list(const CheckNode& node, std::string_view of_what);

 private:
  CheckReport& report_;
};

}  // namespace weir::cli
