#include "rpc/watch_many_stream.h"

#include <utility>

#include "rpc/call.h"
#include "rpc/status.h"

namespace weir::rpc {

WatchManyStream::Reactor* WatchManyStream::open(Context& context, const grpc::ServerContextBase& server) {
  const auto stream = std::make_shared<WatchManyStream>(context, server);
  stream->self_ = stream;
  context.instruments.stream_opened(Rpc::kWatchMany);
  {
    const std::scoped_lock lock(stream->mutex_);
    const auto now = context.clock.now();
    stream->end_at_ = context.streams.add(stream, now);
    // The server is going away.
    if (stream->end_at_ <= now) stream->status_ = grpc::Status::OK;
    stream->write({});
  }
  stream->StartRead(&stream->request_);
  return stream.get();
}

void WatchManyStream::OnReadDone(bool ok) {
  if (!ok) return finish(grpc::Status::OK);
  take_request();
  StartRead(&request_);
}

void WatchManyStream::take_request() {
  // A listener that is taken away is waited for, which needs the mutex not to be held.
  std::optional<Entry> replaced;
  const std::scoped_lock lock(mutex_);
  if (const auto known = entries_.find(request_.id()); known != entries_.end()) {
    replaced = std::move(known->second);
    entries_.erase(known);
  }
  if (!request_.has_trigger()) return;
  const auto& trigger = request_.trigger();
  Entry entry{.caller = context_.identity.identify(server_, trigger.namespace_()),
              .name = trigger.name(),
              .metadata = {trigger.metadata().begin(), trigger.metadata().end()},
              .trigger = nullptr,
              .listener = nullptr,
              .sent = ""};
  find(entry);
  entries_.emplace(request_.id(), std::move(entry));
}

void WatchManyStream::find(Entry& entry) const {
  entry.trigger = context_.triggers.find(entry.caller, entry.name, entry.metadata);
  if (!entry.trigger) return;
  entry.listener = context_.monitor.listen((*entry.trigger)->subscription, [](const monitor::SnapshotPtr&) {});
}

void WatchManyStream::tick(bool generation_changed) {
  std::unique_lock lock(mutex_);
  if (context_.clock.now() >= end_at_ && !status_) status_ = grpc::Status::OK;
  if (writing_ || finished_) return;
  if (status_) return finish_locked();
  v1::LagSummaries message;
  for (auto& [id, entry] : entries_) {
    // Secrets may have come or changed since, and what was not known yet may be known.
    const bool open = !entry.trigger && entry.trigger.error().code == base::ErrorCode::kUnavailable;
    if (generation_changed || open) find(entry);
    if (auto summary = news(id, entry)) *message.add_summaries() = *std::move(summary);
  }
  if (message.summaries_size() > 0) write(std::move(message));
}

std::optional<base::Result<scaling::Decision>> WatchManyStream::look(const Entry& entry) const {
  if (!entry.trigger) return std::unexpected(entry.trigger.error());
  const auto& trigger = *entry.trigger;
  const auto status = context_.monitor.status(trigger->subscription);
  if (!status.snapshot && !status.error) return std::nullopt;
  return decide(context_, trigger, context_.monitor.peek(trigger->subscription));
}

std::optional<v1::LagSummary> WatchManyStream::news(std::uint64_t id, Entry& entry) const {
  const auto decision = look(entry);
  if (!decision) return std::nullopt;
  v1::LagSummary summary;
  summary.set_id(id);
  if (*decision) {
    summary.set_partitions((*decision)->partitions);
    summary.set_total_lag((*decision)->total_lag);
    summary.set_desired_replicas((*decision)->desired_replicas);
    summary.set_active((*decision)->active);
  } else {
    const auto status = to_status(decision->error());
    summary.set_error_code(status.error_code());
    summary.set_error(status.error_message());
  }
  auto encoded = summary.SerializeAsString();
  if (encoded == entry.sent) return std::nullopt;
  entry.sent = std::move(encoded);
  return summary;
}

// Needs the mutex.
void WatchManyStream::write(v1::LagSummaries message) {
  response_ = std::move(message);
  writing_ = true;
  StartWrite(&response_);
}

void WatchManyStream::OnWriteDone(bool ok) {
  const std::scoped_lock lock(mutex_);
  writing_ = false;
  if (!ok && !status_) status_ = grpc::Status::CANCELLED;
  if (status_) finish_locked();
}

void WatchManyStream::finish(const grpc::Status& status) {
  const std::scoped_lock lock(mutex_);
  if (!status_) status_ = status;
  if (!writing_) finish_locked();
}

void WatchManyStream::finish_locked() {
  if (std::exchange(finished_, true)) return;
  Finish(*status_);
}

void WatchManyStream::OnDone() {
  context_.streams.remove(this);
  context_.instruments.stream_done(Rpc::kWatchMany, status_->error_code());
  const auto last = std::move(self_);
}

}  // namespace weir::rpc
