#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/support/server_callback.h>

#include "rpc/call.h"
#include "rpc/status.h"
#include "rpc/stream_set.h"

namespace weir::rpc {

// What all server streams share: one write in flight, ended once (with OK at its greatest age, on shutdown and when its
// trigger's cluster becomes another), counted while open. It owns itself until gRPC is done with it. Subclasses say
// what to send in fill(), and call pump() whenever that may have changed.
template <class Response>
class StreamReactor : public grpc::ServerWriteReactor<Response>,
                      public OpenStream,
                      public std::enable_shared_from_this<StreamReactor<Response>> {
 public:
  StreamReactor(Context& context, Rpc rpc) : context_(context), rpc_(rpc) {}

  // Finds the trigger and starts. The result is what a callback service returns.
  static grpc::ServerWriteReactor<Response>* open(const std::shared_ptr<StreamReactor>& stream, const Call& call) {
    stream->self_ = stream;
    stream->context_.instruments.stream_opened(stream->rpc_);
    const auto started = stream->start(call);
    call.log(started);
    stream->go(started);
    return stream.get();
  }

  void end() override { finish(grpc::Status::OK); }

  void tick(bool generation_changed) override {
    if (!generation_changed || !trigger_) return;
    const auto renewed = context_.triggers.renew(trigger_);
    // KEDA opens it again, and is told then what is wrong, if anything.
    if (!renewed || *renewed != trigger_) end();
  }

  void OnWriteDone(bool ok) override {
    {
      const std::scoped_lock lock(mutex_);
      writing_ = false;
      if (!ok && !status_) status_ = grpc::Status::CANCELLED;
    }
    pump();
  }

  void OnCancel() override { finish(grpc::Status::CANCELLED); }

  void OnDone() override {
    base::TimerQueue::Id timer = 0;
    {
      const std::scoped_lock lock(mutex_);
      timer = std::exchange(timer_, 0);
    }
    context_.timers.cancel(timer);
    context_.streams.remove(this);
    // Waits for a listener that is running: without the lock, which that one needs.
    listener_.reset();
    open_.reset();
    context_.instruments.stream_done(rpc_, status_->error_code());
    const auto last = std::move(self_);
  }

 protected:
  // What the stream needs besides the trigger. An error ends it. No locks are held.
  virtual base::Result<void> begin() { return {}; }

  // Puts what is to be sent now into `response`, or returns false. Called with the mutex held, never after the end.
  virtual bool fill(Response& response, base::SteadyTime now) = 0;

  // When fill() will have something though nothing else happens.
  virtual std::optional<base::SteadyTime> next_fill() const { return std::nullopt; }

  // Sends what there is to send, ends what is to end, sets the timer. Needs the mutex not to be held.
  void pump() {
    const std::scoped_lock lock(mutex_);
    if (!started_ || finished_ || writing_) return;
    const auto now = context_.clock.now();
    if (!status_ && now >= end_at_) status_ = grpc::Status::OK;
    if (status_) {
      finished_ = true;
      this->Finish(*status_);
      return;
    }
    if (fill(response_, now)) {
      writing_ = true;
      this->StartWrite(&response_);
    }
    set_timer();
  }

  void finish(const grpc::Status& status) {
    {
      const std::scoped_lock lock(mutex_);
      if (!status_) status_ = status;
    }
    pump();
  }

  std::weak_ptr<StreamReactor> weak() { return this->weak_from_this(); }

  Context& context_;
  const Rpc rpc_;
  TriggerPtr trigger_;  // set before anything else can happen
  monitor::ListenerGuard listener_;
  std::mutex mutex_;

 private:
  base::Result<void> start(const Call& call) {
    auto trigger = call.find_trigger();
    if (!trigger) return std::unexpected(trigger.error());
    auto counted = context_.triggers.open_stream(*trigger);
    if (!counted) return std::unexpected(counted.error());
    open_ = *std::move(counted);
    trigger_ = *std::move(trigger);
    return begin();
  }

  void go(const base::Result<void>& started) {
    {
      const std::scoped_lock lock(mutex_);
      if (started) {
        end_at_ = context_.streams.add(this->shared_from_this(), context_.clock.now());
      } else if (!status_) {
        status_ = to_status(started.error());
      }
      started_ = true;
    }
    pump();
  }

  // Needs the mutex.
  void set_timer() {
    const auto wanted = std::min(next_fill().value_or(end_at_), end_at_);
    if (timer_ != 0 && wanted == timer_at_) return;
    context_.timers.cancel(timer_);
    timer_at_ = wanted;
    timer_ = context_.timers.schedule(wanted, [weak = weak(), number = ++timers_set_] {
      const auto stream = weak.lock();
      if (!stream) return;
      {
        const std::scoped_lock lock(stream->mutex_);
        if (stream->timers_set_ == number) stream->timer_ = 0;
      }
      stream->pump();
    });
  }

  std::shared_ptr<void> open_;  // counts it against its namespace's limit
  base::SteadyTime end_at_;
  base::SteadyTime timer_at_;
  base::TimerQueue::Id timer_ = 0;
  std::uint32_t timers_set_ = 0;
  Response response_;
  bool started_ = false;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<grpc::Status> status_;  // set: it ends with this as soon as no write is in flight
  std::shared_ptr<StreamReactor> self_;
};

}  // namespace weir::rpc
