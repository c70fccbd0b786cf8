#include "rpc/activity_stream.h"

namespace weir::rpc {

base::Result<void> ActivityStream::begin() {
  first_record_ = context_.monitor.await_first_record(trigger_->subscription);
  listener_ = context_.monitor.listen(trigger_->subscription, [weak = weak()](const monitor::SnapshotPtr& snapshot) {
    if (const auto stream = weak.lock()) static_cast<ActivityStream&>(*stream).observe(snapshot, From::kListener);
  });
  if (const auto answer = context_.monitor.peek(trigger_->subscription)) observe(*answer, From::kPeek);
  return {};
}

void ActivityStream::observe(const monitor::SnapshotPtr& snapshot, From from) {
  // A trigger that cannot be decided is reported by the calls that KEDA makes beside the stream.
  const auto decision = decide(context_, trigger_, snapshot);
  if (!decision) return;
  {
    const std::scoped_lock lock(mutex_);
    if (snapshot->taken < seen_ || (from == From::kPeek && snapshot->taken == seen_)) return;
    seen_ = snapshot->taken;
    schedule_.observe(decision->active);
    if (decision->active) {
      first_record_.reset();
    } else if (!first_record_) {
      first_record_ = context_.monitor.await_first_record(trigger_->subscription);
    }
  }
  pump();
}

bool ActivityStream::fill(externalscaler::IsActiveResponse& response, base::SteadyTime now) {
  const auto due = schedule_.next();
  if (!due || *due > now) return false;
  // Nothing is said while Kafka is away for longer than a snapshot is good for.
  if (!context_.monitor.peek(trigger_->subscription)) {
    schedule_.put_off(now);
    return false;
  }
  response.set_result(*schedule_.take(now));
  return true;
}

}  // namespace weir::rpc
