#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"
#include "rpc/cluster_resolver.h"
#include "scaling/trigger_spec.h"

namespace weir::rpc {

// Bears out what callers say who show no certificate, and tells what a consumerGroupRef stands for. Implemented in cli,
// by the objects that the API server has. Thread-safe; never blocks.
class CallerWitness {
 public:
  virtual ~CallerWitness() = default;

  // Whether KEDA may be asking for this trigger. kPermissionDenied: it has no such one. kUnavailable: not known yet.
  virtual base::Result<void> vouch(const Caller& caller, const std::string& name,
                                   const scaling::TriggerMetadata& metadata) = 0;

  // The metadata with what its consumerGroupRef stands for. Only for who is believed. kPermissionDenied: the namespace
  // has no such ConsumerGroup. kUnavailable: not known yet.
  virtual base::Result<scaling::TriggerMetadata> expand(const std::string& ns,
                                                        const scaling::TriggerMetadata& metadata) const = 0;

  // Grows when an answer may have changed.
  virtual std::uint64_t generation() const = 0;
};

}  // namespace weir::rpc
