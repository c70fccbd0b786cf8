#include "cli/kubeconfig_file.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "cli/yaml_documents.h"
#include "cli/yaml_json.h"

namespace weir::cli {

using base::ErrorCode;

base::Result<kube::ClientConfig> read_client_config(const std::filesystem::path& kubeconfig) {
  if (kubeconfig.empty()) return kube::in_cluster_config();
  std::ifstream file(kubeconfig, std::ios::binary);
  if (!file)
    return base::fail(ErrorCode::kInvalidArgument, "--kubeconfig {}: cannot be read; check the path",
                      kubeconfig.string());
  try {
    const auto documents = load_documents({std::istreambuf_iterator<char>(file), {}});
    if (documents.size() != 1 || !documents.front().IsMap())
      return base::fail(ErrorCode::kInvalidArgument, "--kubeconfig {}: is no kubeconfig", kubeconfig.string());
    auto config = kube::config_from_kubeconfig(to_json(documents.front()), kubeconfig.parent_path());
    if (config) return config;
    return base::fail(config.error().code, "--kubeconfig {}: {}", kubeconfig.string(), config.error().message);
  } catch (const YAML::Exception& error) {
    return base::fail(ErrorCode::kInvalidArgument, "--kubeconfig {}: {}", kubeconfig.string(), error.what());
  }
}

std::filesystem::path usual_kubeconfig(const std::string& given) {
  if (!given.empty()) return given;
  if (const char* named = std::getenv("KUBECONFIG"); named != nullptr && *named != '\0') return named;
  const char* home = std::getenv("HOME");
  const auto usual = std::filesystem::path(home == nullptr ? "" : home) / ".kube" / "config";
  std::error_code error;
  return std::filesystem::exists(usual, error) ? usual : std::filesystem::path();
}

}  // namespace weir::cli
