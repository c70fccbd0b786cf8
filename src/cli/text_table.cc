#include "cli/text_table.h"

#include <algorithm>

#include <fmt/format.h>

namespace weir::cli {
namespace {

bool is_number(const std::string& cell) {
  return cell.find_first_not_of("0123456789+-") == std::string::npos;
}

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  if (rows.empty()) return {};
  const std::size_t columns = rows.front().size();
  std::vector<std::size_t> width(columns);
  std::vector<bool> numbers(columns, true);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      width[column] = std::max(width[column], rows[row][column].size());
      if (row > 0 && !is_number(rows[row][column])) numbers[column] = false;
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column)
      line += numbers[column] ? fmt::format("{:>{}}  ", row[column], width[column])
                              : fmt::format("{:<{}}  ", row[column], width[column]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace weir::cli
