#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace weir::cli {

// Rows of equal length in columns two spaces apart, as wide as their widest cell. Columns whose cells below the first
// row are all numbers go to the right, the others to the left. The last column goes on in lines below, at its own
// place, where a line would be wider than `width`; 0 for as wide as need be.
std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t width = 0);

}  // namespace weir::cli
