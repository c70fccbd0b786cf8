#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/error.h"
#include "lag/offset_source.h"
#include "scaling/trigger_spec.h"

namespace weir::rpc {

// Who asks, and how far they are believed.
struct Caller {
  std::string ns;        // the namespace the request names
  bool trusted = false;  // a client certificate whose name the configuration lists: the namespace can be believed
  std::string peer;      // for logs: certificate name or address
};

// Turns what a trigger says of its cluster into a session: profiles, allowed brokers, Secrets and who may use them.
// Implemented in cli, where Kafka and the configuration meet. Thread-safe; never blocks and never connects.
class ClusterResolver {
 public:
  virtual ~ClusterResolver() = default;

  // kPermissionDenied (profile, brokers or Secret not for this caller), kNotFound (profile or Secret), kInvalidArgument
  // (credentials), kResourceExhausted (sessions of the namespace).
  virtual base::Result<std::shared_ptr<lag::OffsetSource>> resolve(const scaling::ClusterRequest& request,
                                                                   const Caller& caller) = 0;

  // Grows when an answer of resolve() may have changed: a Secret was rotated.
  virtual std::uint64_t generation() const = 0;
};

}  // namespace weir::rpc
