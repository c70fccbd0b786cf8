#include "scaling/auth_references.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "base/parse.h"
#include "scaling/trigger_keys.h"

namespace weir::scaling {
namespace {

constexpr std::size_t kLongestName = 253;

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_secret_key(std::string_view key) {
  const auto allowed = [](char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.';
  };
  return !key.empty() && key.size() <= kLongestName && !key.starts_with("..") && key != "." &&
         std::ranges::all_of(key, allowed);
}

std::optional<AuthReference> parse_reference(std::string_view part) {
  const auto equals = part.find('=');
  const auto slash = part.find('/');
  if (equals == std::string_view::npos || slash == std::string_view::npos || slash < equals) return std::nullopt;
  return AuthReference{std::string(base::trim(part.substr(0, equals))),
                       std::string(base::trim(part.substr(equals + 1, slash - equals - 1))),
                       std::string(base::trim(part.substr(slash + 1)))};
}

// What is wrong with a reference and what to write, or empty.
std::string remedy(const AuthReference& reference, const std::vector<AuthReference>& before) {
  if (!is_auth_parameter(reference.parameter)) {
    return fmt::format("\"{}\" is not an authentication parameter; write one of {}", reference.parameter,
                       fmt::join(auth_parameters(), ", "));
  }
  if (std::ranges::find(before, reference.parameter, &AuthReference::parameter) != before.end()) {
    return fmt::format("\"{}\" is given twice; keep one", reference.parameter);
  }
  if (!is_secret_name(reference.secret)) {
    return fmt::format("\"{}\" is not the name of a Secret: lower case letters, digits, '-' and '.'", reference.secret);
  }
  if (!is_secret_key(reference.key)) {
    return fmt::format("\"{}\" is not a key of a Secret: letters, digits, '-', '_' and '.'", reference.key);
  }
  return {};
}

}  // namespace

bool is_secret_name(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return false;
  // Between dots stand labels, which begin and end with a letter or digit.
  for (const std::string& label : base::split_trimmed(name, '.')) {
    if (label.empty() || !is_lower_or_digit(label.front()) || !is_lower_or_digit(label.back())) return false;
  }
  return std::ranges::all_of(name, [](char c) { return is_lower_or_digit(c) || c == '-' || c == '.'; });
}

std::vector<AuthReference> parse_auth_references(std::string_view text, TriggerFields& fields) {
  std::vector<AuthReference> references;
  for (const std::string& part : base::split_trimmed(text, ';')) {
    if (part.empty()) continue;
    const auto reference = parse_reference(part);
    const std::string wrong =
        reference ? remedy(*reference, references) : "write parameter=secret/key, parted by semicolons";
    if (wrong.empty()) {
      references.push_back(*reference);
    } else {
      // A part that is not a reference may be a password that somebody wrote here by mistake.
      fields.add_error("auth", reference ? part : "", wrong);
    }
  }
  return references;
}

}  // namespace weir::scaling
