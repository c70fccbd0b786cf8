#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "kube/informer.h"
#include "worker/consumers.h"
#include "worker/settings_reader.h"

namespace weir::worker {

struct WorkerOptions {
  kube::ObjectKey pod;
  SettingsOptions settings = {};
  std::chrono::milliseconds resync{30'000};  // how often Secrets are read again
};

// The data plane's part of docs/assignments.md, in one thread beside the consumers: watches this pod's assignment, runs
// what it says and acknowledges it. What it is told of no more, or cannot understand, changes nothing.
class Worker {
 public:
  Worker(kube::Client& client, WorkerOptions options, RecordHandler& handler, telemetry::Logger logger);

  // Returns after `stop`, when all consumers have committed and left.
  void run(const std::stop_token& stop);

 private:
  // How a group runs, and from which entry that was made.
  struct Known {
    GroupEntry entry;
    ConsumerSettings settings;
  };

  void take_assignment();
  bool apply();
  std::optional<GroupWanted> wanted(const GroupEntry& entry, bool& complete);
  bool acknowledge();
  void failed(const GroupEntry& entry, const base::Error& error);
  void wait(std::chrono::milliseconds most, const std::stop_token& stop);

  kube::Client& client_;
  const WorkerOptions options_;
  const telemetry::Logger logger_;
  SettingsReader settings_;
  Consumers consumers_;
  kube::Informer informer_;
  base::Backoff backoff_{std::chrono::milliseconds(500), std::chrono::seconds(30)};

  std::optional<Assignment> assignment_;
  std::map<std::string, Known> known_;           // by uid
  std::map<std::string, std::string> failures_;  // by uid: what was logged last
  std::string refused_;                          // what was wrong with the last ConfigMap
  std::int64_t acknowledged_ = 0;

  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool changed_ = false;
};

}  // namespace weir::worker
