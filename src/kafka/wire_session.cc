#include "kafka/wire_session.h"

#include <utility>

#include "kafka/session_name.h"
#include "kafka/wire/committed_offsets.h"
#include "kafka/wire/log_end_watcher.h"
#include "kafka/wire/log_offsets.h"

namespace weir::kafka {
namespace {

using Clock = std::chrono::steady_clock;

// Counts what failed, and finds the error that is of the session rather than of one group or topic.
template <class T>
const base::Error* count_errors(ErrorCounts& errors, const std::vector<base::Result<T>>& results) {
  const base::Error* of_session = nullptr;
  for (const auto& result : results) {
    if (result) continue;
    errors.add(result.error().code);
    const auto code = result.error().code;
    if (code == base::ErrorCode::kUnavailable || code == base::ErrorCode::kUnauthenticated)
      of_session = &result.error();
  }
  return of_session;
}

Statistics statistics_of(const wire::Network::Totals& totals) {
  Statistics statistics;
  for (const auto& [key, count] : totals.traffic.requests)
    statistics.requests[std::string(to_string(key))] = count;
  statistics.bytes_sent = totals.traffic.bytes_sent;
  statistics.bytes_received = totals.traffic.bytes_received;
  statistics.connects = totals.connects;
  statistics.disconnects = totals.disconnects;
  return statistics;
}

}  // namespace

WireSession::WireSession(const SessionKey& key, const SessionOptions& options, std::string name,
                         std::shared_ptr<const Instruments> instruments)
    : key_(key),
      options_(options),
      name_(std::move(name)),
      instruments_(std::move(instruments)),
      errors_(instruments_),
      identity_(identity_of(key)),
      network_(key, options.request_timeout),
      topics_(network_, identity_, options.metadata_max_age),
      coordinators_(network_, identity_) {}

std::vector<base::Result<std::int32_t>> WireSession::partition_counts(std::span<const std::string> topics,
                                                                      base::SteadyTime deadline) {
  const auto started = Clock::now();
  auto counts = topics_.counts(topics, deadline);
  account("partition_counts", started, count_errors(errors_, counts));
  return counts;
}

std::vector<base::Result<lag::GroupCommits>> WireSession::committed(std::span<const lag::CommittedRequest> groups,
                                                                    base::SteadyTime deadline) {
  const auto started = Clock::now();
  auto commits = wire::fetch_committed(network_, coordinators_, identity_, groups, deadline);
  account("committed", started, count_errors(errors_, commits));
  return commits;
}

std::vector<std::vector<base::Result<lag::Offset>>> WireSession::log_offsets(
    std::span<const lag::LogOffsetRequest> topics, lag::LogPosition position, base::SteadyTime deadline) {
  const auto started = Clock::now();
  auto offsets = wire::fetch_log_offsets(network_, topics_, identity_, topics, key_.read_committed, position, deadline);
  const base::Error* error = nullptr;
  for (const auto& topic : offsets)
    if (const auto* failed = count_errors(errors_, topic)) error = failed;
  account("log_offsets", started, error);
  return offsets;
}

std::unique_ptr<lag::LogEndWatch> WireSession::watch_log_ends(const lag::LogEndListener& listener) {
  if (unsupported()) return nullptr;
  {
    const std::scoped_lock lock(mutex_);
    ended_watches_ += std::exchange(watch_statistics_, {});
  }
  return std::make_unique<wire::LogEndWatcher>(
      key_, options_, listener, [this](const wire::Network::Totals& totals) { count(watch_statistics_, totals); });
}

void WireSession::account(std::string_view call, base::SteadyTime started, const base::Error* error) {
  instruments_->observe_call(call, started);
  count(statistics_, network_.totals());
  const std::scoped_lock lock(mutex_);
  connected_ = error == nullptr;
  last_error_ = error == nullptr ? std::string() : error->message;
}

void WireSession::count(Statistics& counted, const wire::Network::Totals& totals) {
  auto now = statistics_of(totals);
  const std::scoped_lock lock(mutex_);
  instruments_->count(counted, now);
  counted = std::move(now);
}

SessionStatus WireSession::status() const {
  SessionStatus status;
  status.name = name_;
  status.brokers = key_.brokers;
  status.authentication = key_.credentials.describe();
  status.read_committed = key_.read_committed;
  status.source = "wire";
  status.errors = errors_.by_code();
  const std::scoped_lock lock(mutex_);
  status.connected = connected_;
  status.last_error = last_error_;
  auto all = statistics_;
  all += watch_statistics_;
  all += ended_watches_;
  show(all, status);
  return status;
}

}  // namespace weir::kafka
