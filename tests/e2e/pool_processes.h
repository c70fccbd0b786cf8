#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "kube/informer.h"
#include "support/kube_process.h"

namespace weir {

struct PoolProcessesOptions {
  std::string ns, pool;
  std::filesystem::path kubeconfig, directory;  // directory: of logs
  std::string record_delay;
};

// What a kubelet does for the pods of a pool, of which kwok only says that they run: a weir_worker for each that runs,
// SIGTERM when it is to go, another when it died.
class PoolProcesses {
 public:
  PoolProcesses(kube::Client& client, PoolProcessesOptions options);
  ~PoolProcesses();
  PoolProcesses(const PoolProcesses&) = delete;
  PoolProcesses& operator=(const PoolProcesses&) = delete;

  // Kills the one of a pod without a warning; false where there is none.
  bool kill(const std::string& pod);
  int running() const;

  // Lines TOPIC/PARTITION/OFFSET that all of them have written: how many, and how many different ones.
  struct Records {
    std::size_t lines = 0, different = 0;
  };
  Records records() const;
  std::string logs() const;

 private:
  struct Running {
    std::string pod;
    bool ending = false;
    std::unique_ptr<test::Process> process;
  };

  void run(const std::stop_token& stop);
  void look();
  void end(Running& running);
  std::filesystem::path record_log() const { return options_.directory / "records"; }

  const PoolProcessesOptions options_;
  kube::Informer pods_;
  mutable std::mutex mutex_;
  std::map<std::string, Running> running_;  // by the pod's uid
  std::vector<std::jthread> waiting_;       // each for one that was told to end
  std::jthread thread_;
};

}  // namespace weir
