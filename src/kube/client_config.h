#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/secret.h"
#include "kube/json.h"

namespace weir::kube {

// Where the API server is and as whom to ask it.
struct ClientConfig {
  std::string server;  // https://HOST:PORT, without a slash at the end
  std::string ca_pem;  // empty: the system's
  bool verify = true;
  // One of these, or none.
  base::Secret token;
  std::filesystem::path token_file;  // read again as it changes
  std::string certificate_pem;
  base::Secret key_pem;
  // Of the kubeconfig's context or of this pod.
  std::string ns = "default";
};

// What a kubeconfig says, read as JSON; its files are relative to `directory`. An empty `context`: the current one.
// kInvalidArgument names what is missing in it.
base::Result<ClientConfig> config_from_kubeconfig(const Json& document, const std::filesystem::path& directory,
                                                  const std::string& context = "");

// That of the pod in which this process runs. kNotFound outside of one.
base::Result<ClientConfig> in_cluster_config();
// The same with the environment and the ServiceAccount's folder as arguments.
base::Result<ClientConfig> in_cluster_config(const std::string& host, const std::string& port,
                                             const std::filesystem::path& service_account);

}  // namespace weir::kube
