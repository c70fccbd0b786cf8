#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "kube/client_config.h"

namespace weir::cli {

// Where the API server is: by a kubeconfig, or for an empty path, by the pod that this process runs in.
// kInvalidArgument names the file and what is wrong with it.
base::Result<kube::ClientConfig> read_client_config(const std::filesystem::path& kubeconfig);

// The file that kubectl would read where none is `given`; empty: there is none either.
std::filesystem::path usual_kubeconfig(const std::string& given);

}  // namespace weir::cli
