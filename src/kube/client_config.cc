#include "kube/client_config.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "kube/base64.h"

namespace weir::kube {
namespace {

using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

Result<std::string> read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail(ErrorCode::kInvalidArgument, "{}: cannot be read; check the path", path.string());
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The entry of a kubeconfig list such as `clusters` that has the name, and of it what is under `kind`.
Result<Json> entry(const Json& document, const char* list, const char* kind, const std::string& name) {
  for (const Json& candidate : at(document, list))
    if (candidate.is_object() && text_at(candidate, "/name") == name) {
      const Json& found = at(candidate, kind);
      // A user without credentials is written as null.
      return found.is_object() ? found : Json::object();
    }
  return base::fail(ErrorCode::kInvalidArgument, "{} has none named \"{}\"", list + 1, name);
}

// PEM from NAME-data (base64) or from the file that NAME says.
Result<std::string> pem_of(const Json& object, const std::string& name, const fs::path& directory) {
  if (const auto data = text_at(object, ("/" + name + "-data").c_str()); !data.empty()) {
    auto decoded = base64_decoded(data);
    if (!decoded) return base::fail(ErrorCode::kInvalidArgument, "{}-data is not base64", name);
    return *std::move(decoded);
  }
  const auto file = text_at(object, ("/" + name).c_str());
  return file.empty() ? Result<std::string>("") : read_file(directory / file);
}

Result<void> read_cluster(const Json& cluster, const fs::path& directory, ClientConfig& config) {
  config.server = text_at(cluster, "/server");
  while (config.server.ends_with('/'))
    config.server.pop_back();
  if (config.server.empty()) return base::fail(ErrorCode::kInvalidArgument, "the cluster has no server");
  config.verify = at(cluster, "/insecure-skip-tls-verify") != Json(true);
  auto ca = pem_of(cluster, "certificate-authority", directory);
  if (!ca) return std::unexpected(ca.error());
  config.ca_pem = *std::move(ca);
  return {};
}

Result<void> read_user(const Json& user, const fs::path& directory, ClientConfig& config) {
  if (user.contains("exec") || user.contains("auth-provider"))
    return base::fail(ErrorCode::kInvalidArgument,
                      "the user needs an exec plugin; give a token or a client certificate");
  config.token = base::Secret(text_at(user, "/token"));
  if (const auto file = text_at(user, "/tokenFile"); !file.empty()) config.token_file = directory / file;
  auto certificate = pem_of(user, "client-certificate", directory);
  if (!certificate) return std::unexpected(certificate.error());
  auto key = pem_of(user, "client-key", directory);
  if (!key) return std::unexpected(key.error());
  if (certificate->empty() != key->empty())
    return base::fail(ErrorCode::kInvalidArgument, "client-certificate and client-key need each other");
  config.certificate_pem = *std::move(certificate);
  config.key_pem = base::Secret(*std::move(key));
  return {};
}

}  // namespace

Result<ClientConfig> config_from_kubeconfig(const Json& document, const fs::path& directory,
                                            const std::string& context) {
  const auto name = context.empty() ? text_at(document, "/current-context") : context;
  if (name.empty()) return base::fail(ErrorCode::kInvalidArgument, "current-context is missing");
  const auto chosen = entry(document, "/contexts", "/context", name);
  if (!chosen) return std::unexpected(chosen.error());
  const auto cluster = entry(document, "/clusters", "/cluster", text_at(*chosen, "/cluster"));
  if (!cluster) return std::unexpected(cluster.error());
  const auto user = entry(document, "/users", "/user", text_at(*chosen, "/user"));
  if (!user) return std::unexpected(user.error());

  ClientConfig config;
  if (const auto ns = text_at(*chosen, "/namespace"); !ns.empty()) config.ns = ns;
  if (auto read = read_cluster(*cluster, directory, config); !read) return std::unexpected(read.error());
  if (auto read = read_user(*user, directory, config); !read) return std::unexpected(read.error());
  return config;
}

Result<ClientConfig> in_cluster_config() {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  return in_cluster_config(host ? host : "", port ? port : "", kServiceAccount);
}

Result<ClientConfig> in_cluster_config(const std::string& host, const std::string& port,
                                       const fs::path& service_account) {
  if (host.empty() || port.empty())
    return base::fail(ErrorCode::kNotFound, "not in a pod: KUBERNETES_SERVICE_HOST is not set; give --kubeconfig FILE");
  const bool ipv6 = host.find(':') != std::string::npos;
  auto ca = read_file(service_account / "ca.crt");
  if (!ca) return std::unexpected(ca.error());
  auto token = read_file(service_account / "token");
  if (!token) return std::unexpected(token.error());
  ClientConfig config;
  config.server = ipv6 ? fmt::format("https://[{}]:{}", host, port) : fmt::format("https://{}:{}", host, port);
  config.ca_pem = *std::move(ca);
  config.token_file = service_account / "token";
  if (auto ns = read_file(service_account / "namespace")) config.ns = *std::move(ns);
  return config;
}

}  // namespace weir::kube
