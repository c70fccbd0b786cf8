#include "support/kafka_broker.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

namespace weir::test {
namespace {

namespace fs = std::filesystem;

fs::path make_directory() {
  std::string path = (fs::temp_directory_path() / "weir-kafka-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary directory can be made");
  return path;
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("{} cannot be read", path.string()));
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Runs a shell command; throws what it printed when it fails.
void run_shell(const std::string& command, const fs::path& log) {
  const int status = std::system(fmt::format("{} >'{}' 2>&1", command, log.string()).c_str());
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error(fmt::format("`{}` failed: {}", command, read_file(log)));
}

std::string upper(std::string text) {
  for (char& letter : text)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

}  // namespace

KafkaBroker::KafkaBroker(const std::vector<std::string>& options) : directory_(make_directory()) {
  auto all = options;
  all.insert(all.end(), {"--parent", std::to_string(getpid())});
  run("start", all);
  read_environment();
}

KafkaBroker::~KafkaBroker() {
  static_cast<void>(
      std::system(fmt::format("'{}' kill '{}' >/dev/null 2>&1", KAFKA_BROKER_SCRIPT, directory_.string()).c_str()));
  std::error_code error;
  fs::remove_all(directory_, error);
}

void KafkaBroker::run(const std::string& command, const std::vector<std::string>& options) const {
  std::string line = fmt::format("'{}' {} '{}'", KAFKA_BROKER_SCRIPT, command, directory_.string());
  for (const auto& option : options)
    line += fmt::format(" '{}'", option);
  run_shell(line, directory_ / "script.log");
}

void KafkaBroker::read_environment() {
  std::istringstream lines(read_file(directory_ / "env"));
  for (std::string line; std::getline(lines, line);)
    if (const auto equals = line.find('='); equals != std::string::npos)
      environment_[line.substr(0, equals)] = line.substr(equals + 1);
}

std::string KafkaBroker::bootstrap(const std::string& listener) const {
  return environment_.at("BOOTSTRAP_" + upper(listener));
}

std::string KafkaBroker::file(const std::string& path) const {
  return read_file(directory_ / path);
}
void KafkaBroker::stop() {
  run("stop");
}
void KafkaBroker::kill() {
  run("kill");
}
void KafkaBroker::pause() {
  run("pause");
}
void KafkaBroker::resume() {
  run("resume");
}
void KafkaBroker::restart() {
  run("restart");
}

int connections_to(const std::string& host_and_port) {
  const auto port = std::stoul(host_and_port.substr(host_and_port.find(':') + 1));
  const std::string remote = fmt::format("0100007F:{:04X}", port);
  std::istringstream lines(read_file("/proc/net/tcp"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream columns(line);
    std::string number, local, peer, state;
    columns >> number >> local >> peer >> state;
    if (peer == remote && state == "01") ++count;
  }
  return count;
}

}  // namespace weir::test
