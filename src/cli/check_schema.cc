#include "cli/check_schema.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/parse.h"

namespace weir::cli {
namespace {

using namespace std::string_view_literals;

bool has(const CheckNode& self, const char* field) {
  return self[field].present();
}

using Rule = std::function<bool(const CheckNode&)>;

// The rules of the CRD that are about several fields.
const std::map<std::string_view, Rule>& rules() {
  static const std::map<std::string_view, Rule> known{
      {"has(self.bootstrapServers) != has(self.clusterRef)",
       [](const CheckNode& self) { return has(self, "bootstrapServers") != has(self, "clusterRef"); }},
      {"!(has(self.auth) && has(self.secretRef))",
       [](const CheckNode& self) { return !(has(self, "auth") && has(self, "secretRef")); }},
      {"!(has(self.clusterRef) && (has(self.auth) || has(self.secretRef)))",
       [](const CheckNode& self) {
         return !(has(self, "clusterRef") && (has(self, "auth") || has(self, "secretRef")));
       }},
      {"!(has(self.mechanism) && has(self.mechanismFrom))",
       [](const CheckNode& self) { return !(has(self, "mechanism") && has(self, "mechanismFrom")); }},
      {"has(self.certFrom) == has(self.keyFrom)",
       [](const CheckNode& self) { return has(self, "certFrom") == has(self, "keyFrom"); }},
      {"self.enabled || !(has(self.caFrom) || has(self.certFrom))",
       [](const CheckNode& self) {
         return self["enabled"].text() != "false" || !(has(self, "caFrom") || has(self, "certFrom"));
       }},
      {"!has(self.min) || !has(self.max) || self.min <= self.max",
       [](const CheckNode& self) {
         const auto min = self["min"].integer(), max = self["max"].integer();
         return !min || !max || *min <= *max;
       }},
      {"self.start != self.end", [](const CheckNode& self) { return self["start"].text() != self["end"].text(); }},
      {"size(self) > 0", [](const CheckNode& self) { return !self.text().empty(); }},
  };
  return known;
}

// The regular expression of self.matches('...') or self.all(x, x.matches('...')).
std::optional<std::regex> expression_of(std::string_view rule) {
  constexpr std::string_view kOpen = "matches('";
  const auto begin = rule.find(kOpen);
  const auto end = rule.rfind("')");
  if (!rule.starts_with("self.") || begin == std::string_view::npos || end == std::string_view::npos)
    return std::nullopt;
  std::string text;
  // CEL's texts write a backslash twice.
  for (std::size_t i = begin + kOpen.size(); i < end; ++i) {
    if (rule[i] == '\\' && i + 1 < end && rule[i + 1] == '\\') ++i;
    text += rule[i];
  }
  return std::regex(text, std::regex::ECMAScript);
}

bool is_of_type(const CheckNode& node, std::string_view type) {
  if (type == "object") return node.is_map();
  if (type == "array") return node.is_list();
  if (!node.is_scalar()) return false;
  const auto scalar = scalar_type(node.yaml());
  if (type == "integer") return node.integer().has_value();
  if (type == "boolean") return scalar == ScalarType::kBool;
  return scalar == ScalarType::kString;
}

std::string wanted_type(std::string_view type) {
  if (type == "object") return "must be a map";
  if (type == "array") return "must be a list";
  if (type == "integer") return "must be a whole number, without quotes";
  if (type == "boolean") return "must be true or false";
  return "must be a text; put it in quotes";
}

std::optional<std::int64_t> bound(const YAML::Node& schema, const char* key) {
  return schema[key] ? base::parse_int(schema[key].Scalar()) : std::nullopt;
}

void check_map(const CheckNode& node, const YAML::Node& schema, CheckReport& report) {
  const YAML::Node properties = schema["properties"];
  if (!properties) return;
  std::vector<std::string> names;
  for (const auto& property : properties)
    names.push_back(property.first.Scalar());
  const std::vector<std::string_view> known(names.begin(), names.end());
  report.check_keys(node, known);
  for (const auto& required : schema["required"])
    if (!has(node, required.Scalar().c_str())) report.error(node[required.Scalar()], "missing");
  for (const auto& [key, child] : node.entries())
    if (child.present() && properties[key]) check_schema(child, properties[key], report);
}

void check_list(const CheckNode& node, const YAML::Node& schema, CheckReport& report) {
  const auto items = node.items();
  const auto size = static_cast<std::int64_t>(items.size());
  if (const auto least = bound(schema, "minItems"); least && size < *least)
    report.error(node, fmt::format("must have at least {}", *least));
  if (const auto most = bound(schema, "maxItems"); most && size > *most)
    report.error(node, fmt::format("has {}, and may have {} at most", size, *most));
  const bool is_set = schema["x-kubernetes-list-type"] && schema["x-kubernetes-list-type"].Scalar() == "set";
  std::set<std::string> seen;
  for (const CheckNode& item : items) {
    if (is_set && !seen.insert(item.text()).second) report.error(item, fmt::format("\"{}\" comes twice", item.text()));
    check_schema(item, schema["items"], report);
  }
}

void check_scalar(const CheckNode& node, const YAML::Node& schema, CheckReport& report) {
  const auto number = node.integer();
  if (const auto least = bound(schema, "minimum"); least && number && *number < *least)
    report.error(node, fmt::format("\"{}\": must be at least {}", node.text(), *least));
  if (const auto most = bound(schema, "maximum"); most && number && *number > *most)
    report.error(node, fmt::format("\"{}\": must be at most {}", node.text(), *most));
  if (const auto most = bound(schema, "maxLength"); most && std::ssize(node.text()) > *most)
    report.error(node, fmt::format("must have at most {} letters", *most));
  if (const YAML::Node allowed = schema["enum"]) {
    std::vector<std::string> words;
    for (const auto& word : allowed)
      words.push_back(word.Scalar());
    if (std::ranges::find(words, node.text()) == words.end())
      report.error(node, fmt::format("\"{}\": must be one of {}", node.text(), fmt::join(words, ", ")));
  }
}

}  // namespace

bool knows_rule(std::string_view rule) {
  return rules().contains(rule) || expression_of(rule).has_value();
}

bool holds_rule(std::string_view rule, const CheckNode& self) {
  if (const auto known = rules().find(rule); known != rules().end()) return known->second(self);
  const auto expression = expression_of(rule);
  if (!expression) return true;
  const auto matches = [&](const CheckNode& node) { return std::regex_match(node.text(), *expression); };
  return self.is_list() ? std::ranges::all_of(self.items(), matches) : matches(self);
}

void check_schema(const CheckNode& node, const YAML::Node& schema, CheckReport& report) {
  const auto type = schema["type"] ? schema["type"].Scalar() : std::string();
  if (!type.empty() && !is_of_type(node, type)) return report.error(node, wanted_type(type));
  if (type == "object")
    check_map(node, schema, report);
  else if (type == "array")
    check_list(node, schema, report);
  else
    check_scalar(node, schema, report);
  for (const auto& validation : schema["x-kubernetes-validations"])
    if (!holds_rule(validation["rule"].Scalar(), node)) report.error(node, validation["message"].Scalar());
}

}  // namespace weir::cli
