#pragma once

#include "kafka/session_pool.h"
#include "lag/offset_source.h"

namespace weir::kafka {

// A session as the pool holds it, whichever client is behind it.
class BrokerSession : public lag::OffsetSource {
 public:
  // From any thread, beside a running call.
  virtual SessionStatus status() const = 0;

  // Runs what is due while nobody calls. From any thread, once a second.
  virtual void serve() {}
};

}  // namespace weir::kafka
