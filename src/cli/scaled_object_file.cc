#include "cli/scaled_object_file.h"

#include <fstream>
#include <sstream>

#include <yaml-cpp/yaml.h>

#include "cli/yaml_documents.h"

namespace weir::cli {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kFromEnv = "FromEnv";

std::string text_at(const YAML::Node& map, const char* key) {
  const YAML::Node node = map[key];
  return node && node.IsScalar() ? node.Scalar() : std::string();
}

FileTrigger read_trigger(const YAML::Node& node, const YAML::Node& object, int index) {
  FileTrigger trigger;
  trigger.index = index;
  trigger.type = text_at(node, "type");
  trigger.reference.ns = text_at(object, "namespace");
  trigger.reference.name = text_at(object, "name");
  const YAML::Node metadata = node["metadata"];
  if (!metadata || !metadata.IsMap()) return trigger;
  for (const auto& pair : metadata) {
    const std::string key = pair.first.Scalar();
    if (key.ends_with(kFromEnv))
      trigger.from_environment.push_back(key);
    else if (pair.second.IsScalar())
      trigger.reference.metadata[key] = pair.second.Scalar();
  }
  return trigger;
}

void read_object(const YAML::Node& document, std::vector<FileTrigger>& triggers) {
  if (!document.IsMap()) return;
  const std::string kind = text_at(document, "kind");
  if (kind != "ScaledObject" && kind != "ScaledJob") return;
  const YAML::Node list = document["spec"]["triggers"];
  const YAML::Node object = document["metadata"];
  if (!list || !list.IsSequence() || !object || !object.IsMap()) return;
  int index = 0;
  for (const auto& node : list)
    if (node.IsMap()) triggers.push_back(read_trigger(node, object, index++));
}

}  // namespace

Result<std::vector<FileTrigger>> read_triggers(const std::string& file) {
  std::vector<FileTrigger> triggers;
  try {
    for (const YAML::Node& document : YAML::LoadAllFromFile(file))
      read_object(document, triggers);
  } catch (const YAML::BadFile&) {
    return base::fail(ErrorCode::kInvalidArgument, "{}: cannot be read; check the path", file);
  } catch (const YAML::Exception& error) {
    return base::fail(ErrorCode::kInvalidArgument, "{}:{}: not YAML: {}", file, error.mark.line + 1, error.msg);
  }
  if (triggers.empty())
    return base::fail(ErrorCode::kInvalidArgument, "{}: holds no ScaledObject or ScaledJob with triggers", file);
  return triggers;
}

}  // namespace weir::cli
