#include "kafka/adaptive_session.h"

namespace weir::kafka {

std::shared_ptr<BrokerSession> AdaptiveSession::fallback() const {
  const std::scoped_lock lock(mutex_);
  return fallback_;
}

template <class Call>
auto AdaptiveSession::call(Call make) {
  if (const auto other = fallback()) return make(*other);
  auto answer = make(*wire_);
  if (!wire_->unsupported()) return answer;
  const auto other = make_fallback_();
  {
    const std::scoped_lock lock(mutex_);
    fallback_ = other;
    if (interrupted_) other->interrupt();
  }
  return make(*other);
}

std::vector<base::Result<std::int32_t>> AdaptiveSession::partition_counts(std::span<const std::string> topics,
                                                                          base::SteadyTime deadline) {
  return call([&](BrokerSession& session) { return session.partition_counts(topics, deadline); });
}

std::vector<base::Result<lag::GroupCommits>> AdaptiveSession::committed(std::span<const lag::CommittedRequest> groups,
                                                                        base::SteadyTime deadline) {
  return call([&](BrokerSession& session) { return session.committed(groups, deadline); });
}

std::vector<std::vector<base::Result<lag::Offset>>> AdaptiveSession::log_offsets(
    std::span<const lag::LogOffsetRequest> topics, lag::LogPosition position, base::SteadyTime deadline) {
  return call([&](BrokerSession& session) { return session.log_offsets(topics, position, deadline); });
}

std::unique_ptr<lag::LogEndWatch> AdaptiveSession::watch_log_ends(const lag::LogEndListener& listener) {
  if (fallback()) return nullptr;
  return wire_->watch_log_ends(listener);
}

void AdaptiveSession::interrupt() {
  wire_->interrupt();
  const std::scoped_lock lock(mutex_);
  interrupted_ = true;
  if (fallback_) fallback_->interrupt();
}

SessionStatus AdaptiveSession::status() const {
  const auto other = fallback();
  return other ? other->status() : wire_->status();
}

void AdaptiveSession::serve() {
  if (const auto other = fallback()) other->serve();
}

}  // namespace weir::kafka
