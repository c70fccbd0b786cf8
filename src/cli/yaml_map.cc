#include "cli/yaml_map.h"

#include <map>

#include <fmt/format.h>

#include "base/field_errors.h"
#include "base/parse.h"
#include "cli/did_you_mean.h"

namespace weir::cli {
namespace {

std::string_view kind_of(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (node.IsNull()) return "nothing";
  return "a text";
}

}  // namespace

void YamlErrors::add(const YAML::Mark& where, std::string_view path, std::string_view value, std::string_view remedy) {
  const base::FieldError error{std::string(path), std::string(value), std::string(remedy)};
  lines_.emplace(where.line, fmt::format("{}:{}: {}", file_, where.line + 1, base::to_string(error)));
}

std::string YamlErrors::text() const {
  std::string all;
  for (const auto& [line, text] : lines_) {
    if (!all.empty()) all += '\n';
    all += text;
  }
  return all;
}

YamlMap::YamlMap(const YAML::Node& node, std::string path, YamlErrors& errors)
    : path_(std::move(path)), errors_(errors), mark_(node.Mark()) {
  if (node.IsNull()) return;
  if (!node.IsMap()) {
    errors_.add(mark_, path_.empty() ? "file" : path_, "", fmt::format("must be a map, but is {}", kind_of(node)));
    return;
  }
  for (const auto& pair : node) {
    if (!pair.first.IsScalar()) {
      errors_.add(pair.first.Mark(), path_, "", fmt::format("a key must be a text, but is {}", kind_of(pair.first)));
      continue;
    }
    const std::string& key = pair.first.Scalar();
    if (!entries_.emplace(key, Entry{pair.first, pair.second}).second) {
      errors_.add(pair.first.Mark(), path_of(key), "", "is there twice; keep one");
      continue;
    }
    order_.push_back(key);
  }
}

std::string YamlMap::path_of(const std::string& key) const {
  return path_.empty() ? key : path_ + "." + key;
}

void YamlMap::error(const std::string& key, std::string_view value, std::string_view remedy) {
  const auto found = entries_.find(key);
  errors_.add(found == entries_.end() ? mark_ : found->second.value.Mark(), path_of(key), value, remedy);
}

const YAML::Node* YamlMap::find(const std::string& key) {
  known_.insert(key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second.value;
}

std::optional<std::string> YamlMap::scalar(const std::string& key, std::string_view wanted, bool secret) {
  const YAML::Node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->IsScalar() || node->Scalar().empty()) {
    error(key, "", fmt::format("must be {}, but is {}", wanted, node->IsScalar() ? "empty" : kind_of(*node)));
    return std::nullopt;
  }
  if (secret && node->Tag() != "!" && node->Scalar() == "null") {
    error(key, "", fmt::format("must be {}, but is nothing", wanted));
    return std::nullopt;
  }
  return node->Scalar();
}

std::optional<std::string> YamlMap::text(const std::string& key) {
  return scalar(key, "a text");
}

std::optional<std::string> YamlMap::secret_text(const std::string& key) {
  return scalar(key, "a text", true);
}

std::optional<bool> YamlMap::boolean(const std::string& key) {
  const auto text = scalar(key, "true or false");
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  error(key, *text, "must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> YamlMap::count(const std::string& key) {
  const auto text = scalar(key, "a whole number");
  if (!text) return std::nullopt;
  const auto value = base::parse_int(*text);
  if (value && *value >= 1) return value;
  error(key, *text, "must be a whole number of 1 or more");
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> YamlMap::duration(const std::string& key) {
  const auto text = scalar(key, "a duration such as 5s");
  if (!text) return std::nullopt;
  const auto value = base::parse_duration(*text);
  if (!value) error(key, *text, "must be a duration with a unit of ms, s, m or h, such as 500ms, 5s or 50m");
  return value;
}

std::optional<std::vector<std::string>> YamlMap::texts(const std::string& key) {
  const YAML::Node* node = find(key);
  if (!node) return std::nullopt;
  if (!node->IsSequence() || node->size() == 0) {
    error(key, node->IsScalar() ? node->Scalar() : "", "must be a list of texts with at least one, such as [a, b]");
    return std::nullopt;
  }
  std::vector<std::string> items;
  for (const auto& item : *node) {
    if (!item.IsScalar() || item.Scalar().empty()) {
      errors_.add(item.Mark(), fmt::format("{}[{}]", path_of(key), items.size()), "",
                  fmt::format("must be a text, but is {}", item.IsScalar() ? "empty" : kind_of(item)));
      return std::nullopt;
    }
    items.push_back(item.Scalar());
  }
  return items;
}

void YamlMap::map(const std::string& key, const std::function<void(YamlMap&)>& read) {
  const YAML::Node* node = find(key);
  if (!node) return;
  YamlMap inner(*node, path_of(key), errors_);
  if (!node->IsMap() && !node->IsNull()) return;
  read(inner);
  inner.finish();
}

void YamlMap::each(const std::function<void(const std::string& key)>& read) {
  for (const std::string& key : order_) {
    known_.insert(key);
    read(key);
  }
}

void YamlMap::finish() {
  for (const std::string& key : order_) {
    if (known_.contains(key)) continue;
    const auto near = did_you_mean(key, {known_.begin(), known_.end()});
    errors_.add(entries_.at(key).key.Mark(), path_of(key), "",
                near.empty() ? std::string("unknown key") : fmt::format("unknown key; did you mean {}?", near));
  }
}

}  // namespace weir::cli
