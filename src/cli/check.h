#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weir::cli {

// kError: KEDA, the API server or Weir refuses it, or it cannot have been meant. kWarning: it works, likely not as
// meant. kNote: something to know, such as what was not checked.
enum class CheckSeverity { kError, kWarning, kNote };
std::string_view to_string(CheckSeverity severity);

struct CheckFinding {
  std::string file;
  int line = 0;      // from 1; 0 for the file as a whole
  std::string path;  // `spec.triggers[0].metadata.lagThreshold`; empty for the file or document as a whole
  CheckSeverity severity = CheckSeverity::kError;
  std::string message;

  bool operator==(const CheckFinding&) const = default;
};

struct CheckOptions {
  // How many partitions topics have, where the user says so.
  std::map<std::string, std::int64_t> partitions;
};

// Checks every document of a YAML file: ScaledObjects and ScaledJobs with triggers for Weir, ConsumerGroups and
// KafkaSources. Other kinds are noted and skipped. Findings are in the order of their lines. Nothing is asked of Kafka
// or Kubernetes.
std::vector<CheckFinding> check_file(const std::filesystem::path& file, const CheckOptions& options = {});
// The same for text; `name` stands for the file.
std::vector<CheckFinding> check_text(const std::string& name, const std::string& text,
                                     const CheckOptions& options = {});

bool has_errors(const std::vector<CheckFinding>& findings);

// A line each: `app.yaml:12: error: spec.triggers[0].metadata.lagThreshold: write a whole number of at least 1`.
std::string render(const std::vector<CheckFinding>& findings);

}  // namespace weir::cli
