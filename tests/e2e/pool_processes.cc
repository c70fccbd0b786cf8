#include "pool_processes.h"

#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <set>
#include <unordered_set>

namespace weir {
namespace {

using kube::text_at;

constexpr std::chrono::milliseconds kLook{200};

}  // namespace

PoolProcesses::PoolProcesses(kube::Client& client, PoolProcessesOptions options)
    : options_(std::move(options)),
      pods_(client, {.resource = {"", "v1", "pods", "Pod"}, .ns = options_.ns, .labels = "app=" + options_.pool},
            telemetry::Logger()) {
  std::filesystem::create_directories(options_.directory);
  pods_.start();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

PoolProcesses::~PoolProcesses() {
  thread_.request_stop();
  thread_.join();
  pods_.stop();
}

void PoolProcesses::run(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  if (!pods_.wait_synced(stop)) return;
  while (!stop.stop_requested()) {
    look();
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stop, kLook, [] { return false; });
  }
}

void PoolProcesses::look() {
  const std::scoped_lock lock(mutex_);
  std::set<std::string> there;
  for (const auto& pod : pods_.list()) {
    const auto uid = kube::uid_of(*pod), name = text_at(*pod, "/metadata/name");
    there.insert(uid);
    const bool going = !text_at(*pod, "/metadata/deletionTimestamp").empty();
    const auto found = running_.find(uid);
    if (found != running_.end() && going) end(found->second);
    if (found != running_.end() || going || text_at(*pod, "/status/phase") != "Running") continue;
    const std::vector<std::string> command{WEIR_WORKER,
                                           "--kubeconfig",
                                           options_.kubeconfig.string(),
                                           "--namespace",
                                           options_.ns,
                                           "--pod",
                                           name,
                                           "--record-delay",
                                           options_.record_delay,
                                           "--session-timeout",
                                           "6s",
                                           "--log-records",
                                           record_log().string()};
    running_.emplace(
        uid, Running{.pod = name, .process = std::make_unique<test::Process>(command, options_.directory / name)});
  }
  for (auto& [uid, running] : running_)
    if (!there.contains(uid)) end(running);
  std::erase_if(running_, [&](const auto& entry) { return !there.contains(entry.first); });
}

void PoolProcesses::end(Running& running) {
  if (std::exchange(running.ending, true)) return;
  running.process->signal(SIGTERM);
  waiting_.emplace_back([process = std::shared_ptr<test::Process>(std::move(running.process))] { process->wait(); });
}

bool PoolProcesses::kill(const std::string& pod) {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find_if(
      running_, [&](const auto& entry) { return entry.second.pod == pod && !entry.second.ending; });
  if (found == running_.end()) return false;
  found->second.process->signal(SIGKILL);
  found->second.process->wait();
  running_.erase(found);
  return true;
}

int PoolProcesses::running() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<int>(std::ranges::count_if(running_, [](const auto& entry) { return !entry.second.ending; }));
}

PoolProcesses::Records PoolProcesses::records() const {
  std::ifstream file(record_log());
  Records records;
  std::unordered_set<std::string> different;
  for (std::string line; std::getline(file, line); ++records.lines)
    different.insert(line);
  records.different = different.size();
  return records;
}

std::string PoolProcesses::logs() const {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
    if (entry.path() == record_log()) continue;
    std::ifstream file(entry.path());
    all += entry.path().filename().string() + ":\n" + std::string(std::istreambuf_iterator<char>(file), {}) + "\n";
  }
  return all;
}

}  // namespace weir
