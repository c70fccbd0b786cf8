#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "kube/client.h"
#include "telemetry/logging.h"

namespace weir::kube {

struct LeaseOptions {
  std::string ns, name;
  std::string identity;  // of this process; unlike any other's
  std::chrono::seconds duration{15};
  std::chrono::seconds renew_deadline{10};
  std::chrono::seconds retry{2};
};

// What a Lease says of its holder.
struct LeaseRecord {
  std::string holder;
  std::string renew_time = {};
  std::int64_t transitions = 0;

  bool operator==(const LeaseRecord&) const = default;
};

// When another's lease has ended: judged by this machine's steady clock, from when it was last seen to change, so that
// clocks that differ do no harm. Not thread-safe.
class LeaseObservation {
 public:
  // What was read now.
  void observe(const LeaseRecord& record, base::SteadyTime now);
  // Whether nobody has renewed it for `duration`.
  bool ended(base::SteadyTime now, std::chrono::seconds duration) const;

 private:
  std::optional<LeaseRecord> record_;
  base::SteadyTime changed_{};
};

// Leader election by a Lease (coordination.k8s.io/v1). It is no fence: a leader that was held up may still send a
// write, so each write must be safe by itself. Blocks; for one thread.
class LeaderElector {
 public:
  // `client` is for the lease alone: its renewal must not wait behind other calls.
  LeaderElector(Client& client, LeaseOptions options, const base::Clock& clock, telemetry::Logger logger);

  // Waits until this process leads. False when stopped before.
  bool acquire(const std::stop_token& stop);
  // Renews until that has failed for the renew deadline, or `stop`. Leading has ended then.
  void hold(const std::stop_token& stop);
  // Lets another take over at once. Only after all work as the leader has ended.
  void release();

 private:
  bool try_take();
  bool read_and_take();
  Json lease_object(const LeaseRecord& record, std::int64_t duration_seconds) const;
  bool create();
  bool take_over(const Json& current);
  void sleep(const std::stop_token& stop);

  Client& client_;
  const LeaseOptions options_;
  const base::Clock& clock_;
  const telemetry::Logger logger_;
  LeaseObservation observation_;
  Json held_;  // the Lease as this process wrote it last; null: another may have written it since
};

}  // namespace weir::kube
