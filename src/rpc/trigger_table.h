#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "monitor/monitor.h"
#include "rpc/caller_witness.h"
#include "rpc/cluster_resolver.h"
#include "scaling/decision.h"
#include "scaling/trigger_spec.h"

namespace weir::rpc {

// What one namespace may use.
struct NamespaceLimits {
  std::size_t triggers = 10'000;
  std::size_t streams = 10'000;
  std::int64_t partitions = 100'000;
  std::size_t metadata_bytes = 16 * 1024;
};

struct TriggerTableOptions {
  std::function<NamespaceLimits(const std::string& ns)> limits;
  std::chrono::milliseconds unused_after{std::chrono::minutes(5)};
  // Over all namespaces, whose names are the callers' own choice.
  std::size_t max_triggers = 100'000;
  // None: callers without a certificate are never believed, and a consumerGroupRef stands for nothing. Outlives this.
  CallerWitness* witness = nullptr;
};

// A trigger that KEDA asks for: its checked metadata and the subscription it reads. Immutable but for its use.
struct Trigger {
  std::string ns, name;  // of the ScaledObject or ScaledJob
  scaling::TriggerSpec spec;
  monitor::SubscriptionPtr subscription;
};
using TriggerPtr = std::shared_ptr<const Trigger>;

// One row of /status.
struct TriggerStatus {
  TriggerPtr trigger;
  std::string session;  // the source's name
  base::SteadyTime last_asked;
  std::size_t streams = 0;
  monitor::SubscriptionStatus subscription;
  // From the last good snapshot: none before the first.
  std::optional<base::Result<scaling::Decision>> decision;
};

// Every trigger that was asked for lately, by (namespace, name, metadata): parses metadata once, resolves its cluster
// again when a Secret or the object behind it changed, and enforces the limits of its namespace. Thread-safe; never
// blocks.
class TriggerTable {
 public:
  TriggerTable(TriggerTableOptions options, const base::Clock& clock, ClusterResolver& resolver,
               monitor::Monitor& monitor);
  ~TriggerTable();

  // The trigger of a request. Errors of parse_trigger and resolve, and kResourceExhausted. A trusted and an untrusted
  // caller never share an entry.
  base::Result<TriggerPtr> find(const Caller& caller, const std::string& name,
                                const scaling::TriggerMetadata& metadata);

  // What stays wrong with a request whatever becomes of clusters, Secrets and groups, so that asking again is in vain.
  base::Result<void> check(const Caller& caller, const std::string& name,
                           const scaling::TriggerMetadata& metadata) const;

  // How many triggers there may be, over all namespaces.
  std::size_t max_triggers() const;

  // The trigger is asked for as long as the guard lives: it stays in the table and counts against its namespace's
  // limits.
  base::Result<std::shared_ptr<void>> keep(const TriggerPtr& trigger);

  // Counts an open stream of a trigger as long as the guard lives. kResourceExhausted beyond the limit.
  base::Result<std::shared_ptr<void>> open_stream(const TriggerPtr& trigger);

  // Grows when an answer of find() may have changed, as ClusterResolver's and CallerWitness's.
  std::uint64_t generation() const;

  // The same trigger with its cluster and group resolved anew where the generation has changed. For who holds one for
  // long. The same pointer when nothing changed.
  base::Result<TriggerPtr> renew(const TriggerPtr& trigger);

  // Remembers the activity that was found last. Returns the one before; none at first sight.
  std::optional<bool> exchange_activity(const TriggerPtr& trigger, bool active);

  // The name of the session that a trigger reads through.
  std::string session_name(const TriggerPtr& trigger) const;

  std::vector<TriggerStatus> status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::rpc
