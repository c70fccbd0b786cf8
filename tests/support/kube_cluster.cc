#include "support/kube_cluster.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::test {
namespace {

namespace fs = std::filesystem;

std::string environment(const std::string& name, const std::string& remedy) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) throw std::runtime_error("set " + name + " to " + remedy);
  return value;
}

std::string binaries() {
  return environment("WEIR_KUBE_BIN", "what tests/support/kube_binaries.sh prints, or run make test-kube");
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

std::string keda_crd(const std::string& plural) {
  return binaries() + "/keda-crds/keda.sh_" + plural + ".yaml";
}

std::string kafka_source_crd() {
  return (fs::path(KUBE_CLUSTER_SCRIPT).parent_path() / "kafka_source_crd.yaml").string();
}

std::string chart_file(const std::string& path) {
  return WEIR_CHART "/" + path;
}

std::string chart() {
  return WEIR_CHART;
}

std::string example(const std::string& path) {
  const auto file = fs::path(WEIR_EXAMPLES) / path;
  if (!fs::exists(file)) throw std::runtime_error(fmt::format("there is no {}", file.string()));
  return read_file(file);
}

KubeCluster::KubeCluster(const std::vector<std::string>& options) {
  std::string path = (fs::temp_directory_path() / "weir-kube-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary directory can be made");
  directory_ = path;
  std::vector<std::string> all{"--parent",
                               std::to_string(getpid()),
                               "--crds",
                               WEIR_CHART "/crds/consumergroups.yaml",
                               "--account",
                               "weir-controller",
                               WEIR_CHART "/rbac/controller.yaml",
                               "--account",
                               "weir-scaler",
                               WEIR_CHART "/rbac/scaler.yaml"};
  all.insert(all.end(), options.begin(), options.end());
  run("start", all);
}

KubeCluster::~KubeCluster() {
  static_cast<void>(
      std::system(fmt::format("'{}' stop '{}' >/dev/null 2>&1", KUBE_CLUSTER_SCRIPT, directory_.string()).c_str()));
  std::error_code error;
  fs::remove_all(directory_, error);
}

fs::path KubeCluster::kubeconfig(const std::string& ns, const std::string& account) const {
  const auto path = directory_ / fmt::format("{}.{}.kubeconfig", ns, account);
  const auto token = kubectl(fmt::format("-n {} create token {} --duration=24h", ns, account));
  std::ofstream(path) << fmt::format(
      "apiVersion: v1\nkind: Config\n"
      "clusters: [{{name: test, cluster: {{server: 'https://127.0.0.1:{}', certificate-authority: pki/ca.crt}}}}]\n"
      "users: [{{name: test, user: {{token: {}}}}}]\n"
      "contexts: [{{name: test, context: {{cluster: test, user: test, namespace: {}}}}}]\n"
      "current-context: test\n",
      first_line(read_file(directory_ / "api_port")), first_line(token), ns);
  return path;
}

void KubeCluster::run(const std::string& command, const std::vector<std::string>& options) const {
  std::string line =
      fmt::format("WEIR_KUBE_BIN='{}' '{}' {} '{}'", binaries(), KUBE_CLUSTER_SCRIPT, command, directory_.string());
  for (const auto& option : options)
    line += fmt::format(" '{}'", option);
  const auto log = directory_ / "script.log";
  if (exit_code(std::system(fmt::format("{} >'{}' 2>&1", line, log.string()).c_str())) != 0)
    throw std::runtime_error(fmt::format("`{}` failed: {}", line, read_file(log)));
}

void KubeCluster::install_crd(const std::string& file) const {
  kubectl("apply --server-side -f '" + file + "'");
  // It does not wait for an object that has no conditions yet.
  for (int i = 0, failed = 1; failed != 0; ++i) {
    const auto said = kubectl("wait --for=condition=Established --timeout=20s -f '" + file + "'", "", &failed);
    if (failed != 0 && i == 100) throw std::runtime_error(said);
  }
}

void KubeCluster::process(const std::string& what, const std::string& name) const {
  run(what, {name});
}

std::string KubeCluster::execute(const std::string& command, const std::string& input, int* status) const {
  const auto in = directory_ / "command.in", out = directory_ / "command.out";
  std::ofstream(in) << input;
  const int code =
      exit_code(std::system(fmt::format("{} <'{}' >'{}' 2>&1", command, in.string(), out.string()).c_str()));
  auto printed = read_file(out);
  if (status != nullptr)
    *status = code;
  else if (code != 0)
    throw std::runtime_error(fmt::format("`{}` failed: {}", command, printed));
  return printed;
}

std::string KubeCluster::kubectl(const std::string& arguments, const std::string& input, int* status) const {
  return execute(fmt::format("'{}/kubectl' --kubeconfig '{}' {}", binaries(), admin().string(), arguments), input,
                 status);
}

// Nothing of the user's: neither plugins nor registries nor a cluster.
std::string KubeCluster::helm(const std::string& arguments) const {
  const auto home = directory_ / "helm";
  return execute(
      fmt::format("HELM_CACHE_HOME='{0}' HELM_CONFIG_HOME='{0}' HELM_DATA_HOME='{0}' '{1}' --kubeconfig '{2}' {3}",
                  home.string(), environment("WEIR_HELM", "what tools/helm.sh prints, or run make test-e2e"),
                  admin().string(), arguments),
      "", nullptr);
}

}  // namespace weir::test
