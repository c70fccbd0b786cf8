#pragma once

#include <string>
#include <vector>

namespace weir::cli {

// Rows of equal length in columns two spaces apart, as wide as their widest cell. Columns whose cells below the first
// row are all numbers go to the right, the others to the left.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace weir::cli
