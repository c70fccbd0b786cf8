#pragma once

#include <filesystem>

#include "base/error.h"
#include "kube/client_config.h"

namespace weir::cli {

// Where the API server is: by a kubeconfig, or for an empty path, by the pod that this process runs in.
// kInvalidArgument names the file and what is wrong with it.
base::Result<kube::ClientConfig> read_client_config(const std::filesystem::path& kubeconfig);

}  // namespace weir::cli
