#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kube/json.h"
#include "support/kube_cluster.h"
#include "support/kube_process.h"

namespace weir {

// A release of the chart on a test's control plane, where kwok runs its pods, which do nothing: beside them run the
// scaler and the controller, with the arguments, the configuration and the ServiceAccounts that Helm has installed.
// Throws std::runtime_error with Helm's or kubectl's words. The name has to contain `weir`.
class Release {
 public:
  Release(const test::KubeCluster& cluster, std::string name, std::string ns);

  // Values as KEY=VALUE. Those that bring the processes together on this machine are added.
  void install(const std::vector<std::string>& values = {});
  void upgrade(const std::vector<std::string>& values);
  void rollback(int revision);
  void uninstall();

  // The scaler and, where it is installed, the controller, as the release is now; those of before end in order.
  void start();
  void stop();

  const std::string& ns() const { return ns_; }
  std::string scaler_address() const;
  int scaler_http() const { return scaler_http_; }
  // The name of what belongs to scaler, controller or pool-NAME.
  std::string object(const std::string& component) const { return name_ + "-" + component; }
  // What a Deployment, a ServiceAccount or whatever is, as the API server has it; null where there is none.
  kube::Json installed(const std::string& kind, const std::string& name) const;
  std::string logs() const;

 private:
  void helm(const std::string& arguments) const;
  std::string options(const std::vector<std::string>& values) const;
  std::unique_ptr<test::Process> run(const std::string& component) const;
  void write_config(const kube::Json& pod) const;
  std::filesystem::path folder() const { return cluster_.directory() / name_; }

  const test::KubeCluster& cluster_;
  const std::string name_, ns_;
  const int scaler_port_ = test::free_port(), scaler_http_ = test::free_port(), controller_http_ = test::free_port();
  std::unique_ptr<test::Process> scaler_, controller_;
};

// `text` with `from` replaced wherever it stands; throws where it does not.
std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace weir
