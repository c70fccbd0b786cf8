#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "controller/placement_book.h"
#include "controller/pool_view.h"
#include "controller/pool_worker.h"
#include "kube/client.h"
#include "kube/event_recorder.h"
#include "kube/informer.h"
#include "placement/profile.h"
#include "placement/settings.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::controller {

// Among the namespaces of pools: all of them.
inline constexpr const char* kEveryNamespace = "*";

struct PoolOptions {
  // Where pools may be. Empty: there are no pools, and nothing of them is asked for.
  std::vector<std::string> namespaces = {};
  kube::ObjectKey default_pool = {};  // of groups that name none; an empty name: none. Its namespace is one of those
  placement::Profile profile = placement::default_profile();
  placement::Patience patience = {};

  bool enabled() const { return !namespaces.empty(); }
};

// All pools of the cluster: watches StatefulSets, pods, assignments and nodes, and while this process leads has a
// PoolWorker for each pool. Thread-safe.
class Pools {
 public:
  struct Parts {
    kube::Client& client;
    const kube::Informer& groups;
    const base::Clock& clock;
    telemetry::Registry& registry;
    std::function<void(const kube::ObjectKey&)> reported;  // a group whose report may be another; must not block
  };
  Pools(Parts parts, PoolOptions options, telemetry::Logger logger, telemetry::Logger informer_logger);
  ~Pools();

  bool enabled() const { return options_.enabled(); }
  void start();
  // Asks the threads to end, and waits for them: nothing is looked up any more. Neither while it leads.
  void stop();
  void join();
  // Whether all there is has been listed; false also when stopped before.
  bool synced() const;
  bool wait_synced(const std::stop_token& stop) const;

  // A change of a ConsumerGroup; does not block.
  void take_group(const kube::Change& change);

  // Schedules until `stop`. The groups must have been listed.
  void lead(const std::stop_token& stop, kube::EventRecorder& events);

  // What is to be said of a group; none: it has no pool.
  std::optional<PlacementReport> report_of(const kube::Json& group) const;
  // Every pool that is scheduled here, by key.
  std::vector<PoolView> views() const;

 private:
  // What is watched in one namespace, or in all.
  struct Watched {
    std::string ns;
    std::unique_ptr<kube::Informer> stateful_sets, pods, assignments;
  };

  const Watched* watched(const std::string& ns) const;
  std::vector<kube::Informer*> informers() const;
  kube::ObjectKey pool_of(const kube::ObjectPtr& group) const;
  void take_stateful_set(const kube::Change& change);
  void take_pod(const kube::Change& change);
  void take_assignment(const kube::Change& change);
  void take_node(const kube::Change& change);
  void tell(const kube::ObjectKey& pool, const std::function<void(PoolNews&)>& add);
  void report_groups_of(const kube::ObjectKey& pool) const;
  void open(const kube::ObjectKey& pool);
  PoolNews everything(const kube::ObjectKey& pool) const;
  PoolSources sources(const kube::ObjectKey& pool) const;
  bool catch_up(const std::stop_token& stop) const;

  const Parts parts_;
  const PoolOptions options_;
  const telemetry::Logger logger_;
  PlacementBook book_;
  std::vector<Watched> watched_;
  std::unique_ptr<kube::Informer> nodes_;

  mutable std::mutex mutex_;
  kube::EventRecorder* events_ = nullptr;  // while it leads
  std::map<kube::ObjectKey, std::shared_ptr<PoolWorker>> workers_;
  std::vector<std::shared_ptr<PoolWorker>> closed_;  // whose StatefulSet is gone: asked to end
};

}  // namespace weir::controller
