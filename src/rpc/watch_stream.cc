#include "rpc/watch_stream.h"

#include "rpc/lag_messages.h"

namespace weir::rpc {

base::Result<void> WatchStream::begin() {
  listener_ = context_.monitor.listen(trigger_->subscription, [weak = weak()](const monitor::SnapshotPtr& snapshot) {
    if (const auto stream = weak.lock()) static_cast<WatchStream&>(*stream).show(snapshot);
  });
  context_.monitor.get(trigger_->subscription, [weak = weak()](const monitor::Monitor::Answer& answer) {
    const auto stream = weak.lock();
    if (!stream) return;
    auto& watch = static_cast<WatchStream&>(*stream);
    if (answer) {
      watch.show(*answer);
    } else {
      watch.finish(to_status(answer.error()));
    }
  });
  return {};
}

void WatchStream::tick(bool generation_changed) {
  StreamReactor::tick(generation_changed);
  if (const auto snapshot = context_.monitor.status(trigger_->subscription).snapshot) show(snapshot);
}

void WatchStream::show(const monitor::SnapshotPtr& snapshot) {
  auto description = describe(context_, trigger_, snapshot);
  if (!description) return finish(to_status(description.error()));
  {
    const std::scoped_lock lock(mutex_);
    if (snapshot->taken < seen_) return;
    seen_ = snapshot->taken;
    latest_ = *std::move(description);
  }
  pump();
}

bool WatchStream::fill(v1::Description& response, base::SteadyTime) {
  if (!latest_) return false;
  response = *std::move(latest_);
  latest_.reset();
  const auto time = response.snapshot_time();
  response.clear_snapshot_time();
  std::string encoded = response.SerializeAsString();
  *response.mutable_snapshot_time() = time;
  if (encoded == sent_) return false;
  sent_ = std::move(encoded);
  return true;
}

}  // namespace weir::rpc
