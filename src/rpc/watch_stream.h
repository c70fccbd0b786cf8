#pragma once

#include <string>

#include "rpc/stream_reactor.h"
#include "weir/v1/lag.pb.h"

namespace weir::rpc {

// One Lag.Watch: the description when it opens, and whenever anything but the snapshot's time differs from what was
// sent last. A reader that is slow misses what lies in between. Ends with the error where there is no first snapshot.
class WatchStream final : public StreamReactor<v1::Description> {
 public:
  explicit WatchStream(Context& context) : StreamReactor(context, Rpc::kWatch) {}

  // Also sees that refreshes fail, of which listeners do not hear.
  void tick(bool generation_changed) override;

 private:
  base::Result<void> begin() override;
  bool fill(v1::Description& response, base::SteadyTime now) override;

  void show(const monitor::SnapshotPtr& snapshot);

  std::optional<v1::Description> latest_;
  base::SteadyTime seen_;  // when the last snapshot was taken
  std::string sent_;       // without the snapshot's time
};

}  // namespace weir::rpc
