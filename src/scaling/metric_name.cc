#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "scaling/trigger_spec.h"

namespace weir::scaling {

std::string metric_name(const std::string& group, const std::vector<std::string>& topics) {
  std::string name =
      topics.empty() ? fmt::format("kafka-{}-topics", group) : fmt::format("kafka-{}", fmt::join(topics, ","));
  std::ranges::replace_if(
      name, [](char c) { return std::string_view("/.:%()").find(c) != std::string_view::npos; }, '-');
  return name;
}

}  // namespace weir::scaling
