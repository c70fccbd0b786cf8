#pragma once

#include "base/clock.h"
#include "base/timer_queue.h"
#include "monitor/monitor.h"
#include "rpc/caller_identity.h"
#include "rpc/error_log.h"
#include "rpc/instruments.h"
#include "rpc/stream_set.h"
#include "rpc/trigger_table.h"
#include "telemetry/logging.h"

namespace weir::rpc {

// What every call of a server needs. All of it outlives the server's calls and is thread-safe.
struct Context {
  const base::Clock& clock;
  TriggerTable& triggers;
  monitor::Monitor& monitor;
  telemetry::Logger logger;
  const CallerIdentity& identity;
  Instruments& instruments;
  ErrorLog& errors;
  StreamSet& streams;
  base::TimerQueue& timers;
};

}  // namespace weir::rpc
