#include "rpc/watch_many_stream.h"

#include <utility>

#include "rpc/call.h"
#include "rpc/status.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;

// As much metadata of a stream's triggers is kept to look for them again.
constexpr std::size_t kMostWaitingBytes = std::size_t{64} << 20;
constexpr std::size_t kMostUntold = 1000;
// A client takes messages of 4 MiB by default: what there is more of, as where Kafka is away from very many triggers,
// comes with the next.
constexpr std::size_t kMostNewsBytes = std::size_t{1} << 20;

std::size_t bytes_of(const std::string& name, const scaling::TriggerMetadata& metadata) {
  std::size_t bytes = name.size();
  for (const auto& [field, value] : metadata)
    bytes += field.size() + value.size();
  return bytes;
}

void set_error(const base::Error& error, v1::LagSummary& summary) {
  const auto status = to_status(error);
  summary.set_error_code(status.error_code());
  summary.set_error(status.error_message());
}

}  // namespace

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
  read_on();
}

// A client that sends what is wrong and does not read what is wrong with it is not read either.
void WatchManyStream::read_on() {
  {
    const std::scoped_lock lock(mutex_);
    paused_ = refused_.size() >= kMostUntold;
    if (paused_) return;
  }
  StartRead(&request_);
}

void WatchManyStream::take_request() {
  // A listener that is taken away is waited for, which needs the mutex not to be held.
  std::optional<Entry> replaced;
  const std::scoped_lock lock(mutex_);
  const auto id = request_.id();
  refused_.erase(id);
  if (const auto known = entries_.find(id); known != entries_.end()) {
    waiting_bytes_ -= known->second.waiting_bytes;
    replaced = std::move(known->second);
    entries_.erase(known);
  }
  if (!request_.has_trigger()) return;
  if (const auto most = context_.triggers.max_triggers(); entries_.size() >= most) {
    refused_.emplace(id, base::Error{ErrorCode::kResourceExhausted,
                                     fmt::format("the stream has {} triggers, as many as one may have: take some away, "
                                                 "or open another stream",
                                                 most)});
    return;
  }
  const auto& trigger = request_.trigger();
  Entry entry{.caller = context_.identity.identify(server_, trigger.namespace_()),
              .name = trigger.name(),
              .metadata = {trigger.metadata().begin(), trigger.metadata().end()},
              .trigger = nullptr,
              .error = std::nullopt,
              .kept = nullptr,
              .listener = nullptr,
              .sent = ""};
  find(entry);
  if (const auto waits = let_wait(entry); !waits) {
    refused_.emplace(id, waits.error());
  } else {
    entries_.emplace(id, std::move(entry));
  }
}

void WatchManyStream::find(Entry& entry) const {
  TriggerTable& triggers = context_.triggers;
  const auto found =
      entry.trigger ? triggers.renew(entry.trigger) : triggers.find(entry.caller, entry.name, entry.metadata);
  entry.error = found ? std::nullopt : std::optional(found.error());
  if (!found || *found == entry.trigger) return;
  if (!entry.kept) {
    auto kept = triggers.keep(*found);
    if (!kept) {
      entry.error = kept.error();
      return;
    }
    entry.kept = *std::move(kept);
  }
  entry.trigger = *found;
  entry.listener = context_.monitor.listen(entry.trigger->subscription, [](const monitor::SnapshotPtr&) {});
}

base::Result<void> WatchManyStream::let_wait(Entry& entry) {
  if (entry.trigger) {
    entry.metadata.clear();
    return {};
  }
  if (!context_.triggers.check(entry.caller, entry.name, entry.metadata)) return std::unexpected(*entry.error);
  const auto bytes = bytes_of(entry.name, entry.metadata);
  if (bytes > kMostWaitingBytes - waiting_bytes_)
    return base::fail(ErrorCode::kResourceExhausted,
                      "the stream's triggers that cannot be served yet have {} bytes of metadata, of which {} are "
                      "kept: name this one again later; what was wrong with it is: {}",
                      waiting_bytes_ + bytes, kMostWaitingBytes, entry.error->message);
  entry.waiting_bytes = bytes;
  waiting_bytes_ += bytes;
  return {};
}

void WatchManyStream::look_again(Entry& entry) {
  find(entry);
  if (!entry.trigger) return;
  entry.metadata.clear();
  waiting_bytes_ -= std::exchange(entry.waiting_bytes, 0);
}

void WatchManyStream::tick(bool generation_changed) {
  std::unique_lock lock(mutex_);
  if (context_.clock.now() >= end_at_ && !status_) status_ = grpc::Status::OK;
  if (writing_ || finished_) return;
  if (status_) return finish_locked();
  v1::LagSummaries message;
  std::size_t bytes = 0;
  for (auto& [id, entry] : entries_) {
    // Secrets may have come or changed since, and what was not known yet may be known.
    const bool open = entry.error && entry.error->code == ErrorCode::kUnavailable;
    if (generation_changed || open) look_again(entry);
    if (bytes >= kMostNewsBytes) continue;
    if (auto summary = news(id, entry)) {
      bytes += entry.sent.size();
      *message.add_summaries() = *std::move(summary);
    }
  }
  for (const auto& [id, error] : refused_) {
    auto& summary = *message.add_summaries();
    summary.set_id(id);
    set_error(error, summary);
  }
  refused_.clear();
  if (message.summaries_size() > 0) write(std::move(message));
  if (std::exchange(paused_, false)) StartRead(&request_);
}

std::optional<base::Result<scaling::Decision>> WatchManyStream::look(const Entry& entry) const {
  if (entry.error) return std::unexpected(*entry.error);
  const auto& trigger = entry.trigger;
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
    set_error(decision->error(), summary);
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
