#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "controller/group_plan.h"
#include "kube/client.h"
#include "kube/informer.h"
#include "telemetry/logging.h"

namespace weir::controller {

// Follows whether the cluster has ScaledObjects, and which of them scale a ConsumerGroup. Thread-safe.
class KedaWatch {
 public:
  // `touched` is called for each group one of whose ScaledObjects changed, `turned` when KEDA came or went. Neither may
  // block.
  KedaWatch(kube::Client& client, telemetry::Logger logger, std::function<void(const kube::ObjectKey&)> touched,
            std::function<void()> turned);
  ~KedaWatch();

  void start();
  // Asks the threads to end; the destructor waits for them.
  void stop();

  // kInstalled only once all ScaledObjects are here.
  KedaState state() const;
  // Waits until it is known; false when stopped before.
  bool wait_known(const std::stop_token& stop) const;

  kube::ObjectPtr scaled_object(const kube::ObjectKey& key) const;
  // The names of the ScaledObjects that scale a group, sorted.
  std::vector<std::string> scaling(const kube::ObjectKey& group) const;

 private:
  void run(const std::stop_token& stop);
  void look(const std::stop_token& stop);
  void install(const std::stop_token& stop);
  void set(KedaState state);
  void take(const kube::Change& change);

  kube::Client& client_;
  const telemetry::Logger logger_;
  const std::function<void(const kube::ObjectKey&)> touched_;
  const std::function<void()> turned_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  KedaState state_ = KedaState::kUnknown;
  std::map<kube::ObjectKey, std::set<std::string>> by_group_;
  std::shared_ptr<kube::Informer> informer_;
  std::jthread thread_;
};

// The ConsumerGroup that a ScaledObject scales; none: something else.
std::optional<kube::ObjectKey> scaled_group(const kube::Json& scaled_object);

}  // namespace weir::controller
