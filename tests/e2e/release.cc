#include "release.h"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace weir {
namespace {

using kube::Json;
using kube::text_at;

constexpr const char* kConfigFolder = "/etc/weir/config/";
constexpr const char* kConfigFile = "weir.yaml";
// Tests listen on no other interface.
constexpr const char *kEverywhere = "0.0.0.0:", *kHere = "127.0.0.1:";
constexpr const char* kControllerHttp = "0.0.0.0:8080";

bool replace(std::string& text, const std::string& from, const std::string& to) {
  bool found = false;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
    found = true;
  }
  return found;
}

void end(std::unique_ptr<test::Process>& process) {
  if (!process) return;
  process->signal(SIGTERM);
  process->wait();
  process.reset();
}

}  // namespace

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  if (!replace(text, from, to)) throw std::runtime_error(fmt::format("there is no `{}` in:\n{}", from, text));
  return text;
}

Release::Release(const test::KubeCluster& cluster, std::string name, std::string ns)
    : cluster_(cluster), name_(std::move(name)), ns_(std::move(ns)) {
  std::filesystem::create_directories(folder());
}

std::string Release::scaler_address() const {
  return kHere + std::to_string(scaler_port_);
}

void Release::helm(const std::string& arguments) const {
  static_cast<void>(cluster_.helm(fmt::format("--namespace {} {}", ns_, arguments)));
}

std::string Release::options(const std::vector<std::string>& values) const {
  auto all = fmt::format(
      " --wait --timeout 120s --set scaler.service.port={},scaler.service.httpPort={},controller.scalerAddress={}"
      ",controller.leaseDuration=3s",
      scaler_port_, scaler_http_, scaler_address());
  for (const auto& value : values)
    all += fmt::format(" --set '{}'", value);
  return all;
}

void Release::install(const std::vector<std::string>& values) {
  helm(fmt::format("install {} '{}' --create-namespace", name_, test::chart()) + options(values));
}

void Release::upgrade(const std::vector<std::string>& values) {
  helm(fmt::format("upgrade {} '{}'", name_, test::chart()) + options(values));
}

void Release::rollback(int revision) {
  helm(fmt::format("rollback {} {} --wait --timeout 120s", name_, revision));
}

void Release::uninstall() {
  stop();
  helm(fmt::format("uninstall {} --wait --timeout 120s", name_));
}

Json Release::installed(const std::string& kind, const std::string& name) const {
  const auto found = cluster_.kubectl(fmt::format("-n {} get {} {} --ignore-not-found --output=json", ns_, kind, name));
  return found.empty() ? Json() : Json::parse(found);
}

void Release::start() {
  stop();
  scaler_ = run("scaler");
  controller_ = run("controller");
}

void Release::stop() {
  end(controller_);
  end(scaler_);
}

std::string Release::logs() const {
  return (scaler_ ? scaler_->log() : "") + (controller_ ? controller_->log() : "");
}

// As in a pod, but that paths lead to a folder of the test's, and ports to this machine's own interface; the kubeconfig
// stands for what a pod is given.
std::unique_ptr<test::Process> Release::run(const std::string& component) const {
  const Json deployment = installed("deployment", object(component));
  if (deployment.is_null()) return nullptr;
  const Json& pod = kube::at(deployment, "/spec/template/spec");
  write_config(pod);
  std::vector<std::string> command{WEIR_BIN};
  for (const Json& argument : kube::at(pod, "/containers/0/args")) {
    auto text = argument.get<std::string>();
    replace(text, kConfigFolder, folder().string() + "/");
    replace(text, kControllerHttp, kHere + std::to_string(controller_http_));
    command.push_back(std::move(text));
  }
  command.insert(command.end(),
                 {"--kubeconfig", cluster_.kubeconfig(ns_, text_at(pod, "/serviceAccountName")).string()});
  return std::make_unique<test::Process>(command, folder() / (component + ".log"));
}

void Release::write_config(const Json& pod) const {
  for (const Json& volume : kube::at(pod, "/volumes")) {
    if (text_at(volume, "/name") != "config") continue;
    const Json map = installed("configmap", text_at(volume, "/configMap/name"));
    std::ofstream(folder() / kConfigFile)
        << replaced(kube::at(map, "/data").at(kConfigFile).get<std::string>(), kEverywhere, kHere);
  }
}

}  // namespace weir
