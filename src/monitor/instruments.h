#pragma once

#include <chrono>

#include "telemetry/metrics.h"

namespace weir::monitor {

// What the monitor counts.
class Instruments {
 public:
  explicit Instruments(telemetry::Registry& registry);

  void refreshed(std::size_t groups, std::size_t failed, std::chrono::nanoseconds duration) const;
  void subscriptions(std::size_t count) const { subscriptions_.set(static_cast<double>(count)); }
  void first_wait() const { first_waits_.add(); }
  void stale_answer() const { stale_answers_.add(); }
  void waited_out() const { waited_out_.add(); }
  // So many partitions more, or less, are watched for first records; a watch has found some.
  void watched(double more) const { watched_.add(more); }
  void woken() const { wakes_.add(); }

 private:
  telemetry::Counter refreshes_ok_, refreshes_failed_, first_waits_, stale_answers_, waited_out_, wakes_;
  telemetry::Histogram refresh_duration_;
  telemetry::Gauge subscriptions_, watched_;
};

}  // namespace weir::monitor
