#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// The candidate that a mistyped `word` most likely meant, or empty when none is close. Case does not count.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace weir::cli
