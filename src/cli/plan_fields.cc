#include "cli/plan_fields.h"

#include <fmt/format.h>

#include "base/parse.h"

namespace weir::cli {

std::string PlanFields::required_text(const CheckNode& node, std::string_view example) {
  if (node.text().empty()) report_.error(node, fmt::format("missing; write a name such as {}", example));
  return node.text();
}

std::int64_t PlanFields::number(const CheckNode& node, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  return optional_number(node, least, most).value_or(otherwise);
}

std::optional<std::int64_t> PlanFields::optional_number(const CheckNode& node, std::int64_t least, std::int64_t most) {
  if (!node.present()) return std::nullopt;
  const auto value = node.integer();
  if (value && *value >= least && *value <= most) return value;
  report_.error(node, fmt::format("\"{}\": write a whole number of {} to {}", node.text(), least, most));
  return std::nullopt;
}

bool PlanFields::boolean(const CheckNode& node, bool otherwise) {
  if (!node.present()) return otherwise;
  if (node.text() == "true") return true;
  if (node.text() != "false") report_.error(node, fmt::format("\"{}\": write true or false", node.text()));
  return false;
}

std::chrono::milliseconds PlanFields::duration(const CheckNode& node, std::chrono::milliseconds otherwise) {
  if (!node.present()) return otherwise;
  if (const auto value = base::parse_duration(node.text())) return *value;
  if (node.text() == "0s" || node.text() == "0") return std::chrono::milliseconds(0);
  report_.error(node, fmt::format("\"{}\": write a duration with a unit of ms, s, m or h, such as 40s", node.text()));
  return otherwise;
}

bool PlanFields::is_list(const CheckNode& node, std::string_view of_what) {
  if (!node.present()) return false;
  if (node.is_list()) return true;
  report_.error(node, fmt::format("must be a list of {}", of_what));
  return false;
}

}  // namespace weir::cli
