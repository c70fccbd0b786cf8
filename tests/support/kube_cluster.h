#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace weir::test {

// A control plane of its own for a test (tests/support/kube_cluster.sh), ended and removed with the object. It has
// ConsumerGroup's CRD and Weir's ServiceAccounts. Throws std::runtime_error with the script's words when something
// cannot be done.
class KubeCluster {
 public:
  // `options` are those of the script's start command, besides --crds for ConsumerGroup and --account.
  explicit KubeCluster(const std::vector<std::string>& options = {});
  ~KubeCluster();
  KubeCluster(const KubeCluster&) = delete;
  KubeCluster& operator=(const KubeCluster&) = delete;

  // Of the cluster's administrator, and of the ServiceAccounts that `weir controller` and `weir scaler` run as.
  std::filesystem::path admin() const { return directory_ / "admin.kubeconfig"; }
  std::filesystem::path controller() const { return directory_ / "weir-controller.kubeconfig"; }
  std::filesystem::path scaler() const { return directory_ / "weir-scaler.kubeconfig"; }
  std::filesystem::path directory() const { return directory_; }
  // Of another ServiceAccount, whose namespace is its context's.
  std::filesystem::path kubeconfig(const std::string& ns, const std::string& account) const;

  // Applies the file of a CRD and waits until it is served.
  void install_crd(const std::string& file) const;

  // One process, by the script's name of it. `what` is end, kill, pause, resume or restart.
  void process(const std::string& what, const std::string& name) const;

  // What kubectl prints, as the administrator, with `input` as its standard input. `status` gets its exit code; without
  // one, failing throws.
  std::string kubectl(const std::string& arguments, const std::string& input = "", int* status = nullptr) const;

  // What helm prints, as the administrator; throws where it fails. WEIR_HELM in the environment names it.
  std::string helm(const std::string& arguments) const;

 private:
  std::string execute(const std::string& command, const std::string& input, int* status) const;
  void run(const std::string& command, const std::vector<std::string>& options) const;

  std::filesystem::path directory_;
};

// The file of one of KEDA's CRDs, such as scaledobjects, and of Knative's KafkaSource.
std::string keda_crd(const std::string& plural);
std::string kafka_source_crd();
// A file of the chart's, such as rbac/scaler.yaml; the chart itself.
std::string chart_file(const std::string& path);
std::string chart();
// What is in a file of examples/.
std::string example(const std::string& path);

}  // namespace weir::test
