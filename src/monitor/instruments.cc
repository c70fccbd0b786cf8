#include "monitor/instruments.h"

namespace weir::monitor {

Instruments::Instruments(telemetry::Registry& registry)
    : refreshes_ok_(registry.counter("weir_refreshes_total", "Refreshes of a group, by result.", {{"result", "ok"}})),
      refreshes_failed_(
          registry.counter("weir_refreshes_total", "Refreshes of a group, by result.", {{"result", "error"}})),
      first_waits_(registry.counter("weir_first_waits_total", "Calls that waited for the first snapshot of a group.")),
      stale_answers_(
          registry.counter("weir_stale_answers_total",
                           "Calls answered from a snapshot after the refresh that should have renewed it failed.")),
      waited_out_(registry.counter("weir_first_wait_timeouts_total",
                                   "Calls that got no first snapshot in the time that they may wait.")),
      wakes_(
          registry.counter("weir_watch_wakes_total", "Times that a watch has found partitions with a first record.")),
      refresh_duration_(registry.histogram("weir_refresh_duration_seconds",
                                           "Time of one batch of refreshes of a session.",
                                           {0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10})),
      subscriptions_(registry.gauge("weir_subscriptions", "Groups that are kept refreshed.")),
      watched_(registry.gauge("weir_watched_partitions", "Idle partitions that are watched for their first record.")) {}

void Instruments::refreshed(std::size_t groups, std::size_t failed, std::chrono::nanoseconds duration) const {
  if (groups > failed) refreshes_ok_.add(static_cast<double>(groups - failed));
  if (failed > 0) refreshes_failed_.add(static_cast<double>(failed));
  refresh_duration_.observe(std::chrono::duration<double>(duration).count());
}

}  // namespace weir::monitor
