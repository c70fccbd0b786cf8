#include "cli/yaml_json.h"

#include <string>

#include "base/parse.h"

namespace weir::cli {
namespace {

using nlohmann::json;

json scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  // "!" is the tag of what stands in quotes.
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const auto number = base::parse_int(text)) return *number;
  if (const auto number = base::parse_double(text)) return *number;
  return text;
}

}  // namespace

json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    json object = json::object();
    for (const auto& pair : node)
      object[pair.first.Scalar()] = to_json(pair.second);
    return object;
  }
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node)
      list.push_back(to_json(item));
    return list;
  }
  return node.IsScalar() ? scalar(node) : json();
}

}  // namespace weir::cli
