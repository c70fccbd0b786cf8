#include "cli/check_report.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/parse.h"
#include "cli/did_you_mean.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNulls{""sv, "~"sv, "null"sv, "Null"sv, "NULL"sv};
constexpr std::array kBools{"y"sv,  "Y"sv,  "yes"sv, "Yes"sv, "YES"sv, "true"sv,  "True"sv,  "TRUE"sv,
                            "n"sv,  "N"sv,  "no"sv,  "No"sv,  "NO"sv,  "false"sv, "False"sv, "FALSE"sv,
                            "on"sv, "On"sv, "ON"sv,  "off"sv, "Off"sv, "OFF"sv};
constexpr std::array kNumberWords{".inf"sv, ".Inf"sv, ".INF"sv, ".nan"sv, ".NaN"sv, ".NAN"sv};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

bool is_number(std::string text) {
  std::erase(text, '_');
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  if (among(kNumberWords, rest)) return true;
  const auto all_of = [](std::string_view digits, std::string_view allowed) {
    return !digits.empty() && digits.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (rest.starts_with("0x") || rest.starts_with("0X")) return all_of(rest.substr(2), "0123456789abcdefABCDEF");
  if (rest.starts_with("0b") || rest.starts_with("0B")) return all_of(rest.substr(2), "01");
  if (rest.starts_with("0o")) return all_of(rest.substr(2), "01234567");
  const bool starts_as_one = !rest.empty() && (rest.front() == '.' || (rest.front() >= '0' && rest.front() <= '9'));
  return starts_as_one && base::parse_double(rest).has_value();
}

int line_of(const YAML::Node& node, int otherwise) {
  return node.IsDefined() && !node.Mark().is_null() ? node.Mark().line + 1 : otherwise;
}

}  // namespace

ScalarType scalar_type(const YAML::Node& scalar) {
  constexpr std::string_view kPlain = "?";
  if (scalar.IsNull()) return ScalarType::kNull;
  if (!scalar.Tag().empty() && scalar.Tag() != kPlain) return ScalarType::kString;
  const std::string& text = scalar.Scalar();
  if (among(kNulls, text)) return ScalarType::kNull;
  if (among(kBools, text)) return ScalarType::kBool;
  return is_number(text) ? ScalarType::kNumber : ScalarType::kString;
}

CheckNode::CheckNode(const YAML::Node& node, std::string path, int line_if_absent)
    : node_(node), path_(std::move(path)), line_(line_of(node_, line_if_absent)) {}

std::optional<std::int64_t> CheckNode::integer() const {
  if (!is_scalar() || scalar_type(node_) != ScalarType::kNumber) return std::nullopt;
  return base::parse_int(node_.Scalar());
}

CheckNode CheckNode::operator[](const std::string& key) const {
  std::string path = path_.empty() ? key : path_ + "." + key;
  for (const auto& [name, child] : entries()) {
    if (name == key) return child;
  }
  return {YAML::Node(YAML::NodeType::Undefined), std::move(path), line_};
}

std::vector<std::pair<std::string, CheckNode>> CheckNode::entries() const {
  std::vector<std::pair<std::string, CheckNode>> result;
  if (!is_map()) return result;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) continue;
    const std::string& key = entry.first.Scalar();
    result.emplace_back(key,
                        CheckNode(entry.second, path_.empty() ? key : path_ + "." + key, line_of(entry.first, line_)));
    // A value may begin on the next line, or have no place at all; the key is what a reader looks for.
    result.back().second.line_ = line_of(entry.first, line_);
  }
  return result;
}

std::vector<CheckNode> CheckNode::items() const {
  std::vector<CheckNode> result;
  if (!is_list()) return result;
  for (const auto& item : node_)
    result.push_back({item, fmt::format("{}[{}]", path_, result.size()), line_});
  return result;
}

void CheckReport::add(const CheckNode& where, CheckSeverity severity, std::string message) {
  findings_.push_back({file_, where.line(), where.path(), severity, std::move(message)});
}

void CheckReport::file_error(int line, std::string message) {
  findings_.push_back({file_, line, "", CheckSeverity::kError, std::move(message)});
}

void CheckReport::check_keys(const CheckNode& map, std::span<const std::string_view> known) {
  std::set<std::string> seen;
  for (const auto& [key, value] : map.entries()) {
    if (!seen.insert(key).second) error(value, "comes twice; keep one");
    if (std::ranges::find(known, key) != known.end()) continue;
    const auto meant = did_you_mean(key, {known.begin(), known.end()});
    if (meant.empty()) {
      warning(value, "is not a known key and has no effect");
    } else {
      error(value, fmt::format("is not a known key; did you mean {}?", meant));
    }
  }
}

std::vector<CheckFinding> CheckReport::take() {
  std::ranges::stable_sort(findings_, {}, &CheckFinding::line);
  return std::move(findings_);
}

}  // namespace weir::cli
