#pragma once

#include <memory>

#include "externalscaler.pb.h"
#include "rpc/activity_schedule.h"
#include "rpc/stream_reactor.h"

namespace weir::rpc {

// One StreamIsActive. An open one keeps its subscription refreshed. Nothing is sent before the first snapshot.
class ActivityStream final : public StreamReactor<externalscaler::IsActiveResponse> {
 public:
  explicit ActivityStream(Context& context) : StreamReactor(context, Rpc::kStreamIsActive) {}

 private:
  base::Result<void> begin() override;
  bool fill(externalscaler::IsActiveResponse& response, base::SteadyTime now) override;
  std::optional<base::SteadyTime> next_fill() const override { return schedule_.next(); }

  // One that was peeked at may have been amended since: a listener that was told of the same time knows better.
  enum class From { kListener, kPeek };
  void observe(const monitor::SnapshotPtr& snapshot, From from);

  ActivitySchedule schedule_;
  base::SteadyTime seen_;               // when the last snapshot was taken
  std::shared_ptr<void> first_record_;  // while inactive: hear of it at once
};

}  // namespace weir::rpc
