#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace weir::cli {

// What is wrong in a YAML file, with the place of each: `weir.yaml:12: limits.default.triggers "many": remedy`.
class YamlErrors {
 public:
  explicit YamlErrors(std::string file) : file_(std::move(file)) {}

  // `value` must not be a secret; pass "" for those.
  void add(const YAML::Mark& where, std::string_view path, std::string_view value, std::string_view remedy);

  bool empty() const { return lines_.empty(); }
  // One line an error, by place.
  std::string text() const;

 private:
  std::string file_;
  std::multimap<int, std::string> lines_;
};

// A YAML map that is read key by key, strictly: a key that nobody asked for is an error once finish() is called, as is
// a value of the wrong type. Readers answer nothing where the key is absent or wrong. Not thread-safe.
class YamlMap {
 public:
  // `path` names the map for people: `clusters.prod`, empty at the top.
  YamlMap(const YAML::Node& node, std::string path, YamlErrors& errors);

  std::optional<std::string> text(const std::string& key);
  std::optional<bool> boolean(const std::string& key);
  std::optional<std::int64_t> count(const std::string& key);  // 1 or more
  std::optional<std::chrono::milliseconds> duration(const std::string& key);
  std::optional<std::vector<std::string>> texts(const std::string& key);  // a list, not empty
  // A scalar whose value is never shown in an error.
  std::optional<std::string> secret_text(const std::string& key);

  // Calls `read` with the map under `key`, if there is one, and then finishes it.
  void map(const std::string& key, const std::function<void(YamlMap&)>& read);
  // Calls `read` with each key of this map, in the file's order; for maps whose keys are names. All count as known.
  void each(const std::function<void(const std::string& key)>& read);

  bool has(const std::string& key) const { return entries_.contains(key); }
  std::string path_of(const std::string& key) const;
  void error(const std::string& key, std::string_view value, std::string_view remedy);

  // Reports the keys that nobody asked for, each with the known key that looks most like it.
  void finish();

 private:
  std::optional<std::string> scalar(const std::string& key, std::string_view wanted, bool secret = false);
  const YAML::Node* find(const std::string& key);

  std::string path_;
  YamlErrors& errors_;
  YAML::Mark mark_;
  struct Entry {
    YAML::Node key, value;
  };
  std::map<std::string, Entry> entries_;
  std::vector<std::string> order_;
  std::set<std::string> known_;
};

}  // namespace weir::cli
