#include "cli/text_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace weir::cli {
namespace {

bool is_number(const std::string& cell) {
  return cell.find_first_not_of("0123456789+-") == std::string::npos;
}

// The text in lines of at most `width`, broken between words; a longer word has a line of its own.
std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (lines.back().empty()) {
      lines.back() = word;
    } else if (lines.back().size() + 1 + word.size() <= width) {
      lines.back() += " " + word;
    } else {
      lines.push_back(word);
    }
    at = end + 1;
  }
  return lines;
}

constexpr std::size_t kLeastLastColumn = 24;

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows, std::size_t most) {
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
  std::size_t indent = 0;
  for (std::size_t column = 0; column + 1 < columns; ++column)
    indent += width[column] + 2;
  const bool wrap = most >= indent + kLeastLastColumn;
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column + 1 < columns; ++column)
      line += numbers[column] ? fmt::format("{:>{}}  ", row[column], width[column])
                              : fmt::format("{:<{}}  ", row[column], width[column]);
    if (numbers.back()) {
      line += fmt::format("{:>{}}", row.back(), width.back());
    } else if (wrap) {
      line += fmt::format("{}", fmt::join(wrapped(row.back(), most - indent), "\n" + std::string(indent, ' ')));
    } else {
      line += row.back();
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace weir::cli
