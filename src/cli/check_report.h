#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "cli/check.h"

namespace weir::cli {

// What a plain or quoted YAML scalar is to the Kubernetes API server, which reads YAML 1.1.
enum class ScalarType { kString, kNumber, kBool, kNull };
ScalarType scalar_type(const YAML::Node& scalar);

// A node of a document with its path, so that findings can name both. An absent child has its parent's line.
class CheckNode {
 public:
  CheckNode(const YAML::Node& node, std::string path) : CheckNode(node, std::move(path), 0) {}

  const std::string& path() const { return path_; }
  int line() const { return line_; }
  bool present() const { return node_.IsDefined() && !node_.IsNull(); }
  bool is_map() const { return present() && node_.IsMap(); }
  bool is_list() const { return present() && node_.IsSequence(); }
  bool is_scalar() const { return present() && node_.IsScalar(); }
  const YAML::Node& yaml() const { return node_; }

  // The text of a scalar, empty where there is none.
  std::string text() const { return is_scalar() ? node_.Scalar() : std::string(); }
  // A whole number that is not quoted.
  std::optional<std::int64_t> integer() const;

  CheckNode operator[](const std::string& key) const;
  // Each key with its value, in the file's order, those that come twice included.
  std::vector<std::pair<std::string, CheckNode>> entries() const;
  std::vector<CheckNode> items() const;

 private:
  CheckNode(const YAML::Node& node, std::string path, int line_if_absent);

  YAML::Node node_;
  std::string path_;
  int line_;
};

// Collects the findings of one file.
class CheckReport {
 public:
  explicit CheckReport(std::string file) : file_(std::move(file)) {}

  void error(const CheckNode& where, std::string message) { add(where, CheckSeverity::kError, std::move(message)); }
  void warning(const CheckNode& where, std::string message) { add(where, CheckSeverity::kWarning, std::move(message)); }
  void note(const CheckNode& where, std::string message) { add(where, CheckSeverity::kNote, std::move(message)); }
  void file_error(int line, std::string message);

  // Keys of `map` that come twice, and those that are not in `known`, with the one that was likely meant.
  void check_keys(const CheckNode& map, std::span<const std::string_view> known);

  // How many findings there are so far.
  std::size_t size() const { return findings_.size(); }
  std::vector<CheckFinding> take();

 private:
  void add(const CheckNode& where, CheckSeverity severity, std::string message);

  std::string file_;
  std::vector<CheckFinding> findings_;
};

}  // namespace weir::cli
