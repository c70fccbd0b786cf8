#pragma once

#include <memory>

#include "base/clock.h"
#include "controller/group_reconciler.h"
#include "controller/kafka_source.h"
#include "kube/client.h"
#include "kube/event_recorder.h"
#include "kube/informer.h"
#include "telemetry/logging.h"

namespace weir::controller {

struct KafkaSourceOptions {
  KafkaSourceMode mode = KafkaSourceMode::kOff;
  kube::ObjectKey default_pool = {};  // for the groups made of KafkaSources; an empty name: none
};

// Makes a ConsumerGroup of a KafkaSource, and keeps of its status what is ours: consumers, selector, placements and the
// condition WeirReady. Thread-safe for different sources.
class KafkaSourceReconciler {
 public:
  struct Parts {
    kube::Client& client;
    const kube::Informer& sources;
    const kube::Informer& groups;
    kube::EventRecorder& events;
    const base::Clock& clock;
  };
  KafkaSourceReconciler(Parts parts, KafkaSourceOptions options, kube::Resource resource, telemetry::Logger logger)
      : parts_(parts), options_(std::move(options)), resource_(std::move(resource)), logger_(std::move(logger)) {}

  Outcome reconcile(const kube::ObjectKey& key) const;

 private:
  // What is wrong, for people; the reason as a condition has it.
  struct Problem {
    std::string reason, text;
  };
  Problem make_group(const kube::Json& source, const kube::ObjectPtr& group, Outcome& outcome) const;
  void write_replicas(const kube::Json& group, std::int64_t replicas, Outcome& outcome) const;
  void write_status(const kube::Json& source, const kube::ObjectPtr& group, const Problem& problem,
                    Outcome& outcome) const;
  void fail(const kube::ObjectKey& key, const char* what, const kube::ApiError& error, Outcome& outcome) const;

  const Parts parts_;
  const KafkaSourceOptions options_;
  const kube::Resource resource_;
  const telemetry::Logger logger_;
};

// The Lease by which a Knative Kafka controller lives; empty: none does.
kube::ApiResult<std::string> live_knative_controller(kube::Client& client, base::SystemTime now);

}  // namespace weir::controller
