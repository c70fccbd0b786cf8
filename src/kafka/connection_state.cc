#include "kafka/connection_state.h"

namespace weir::kafka {

void ConnectionState::failed(rd_kafka_resp_err_t err, std::string_view text) {
  if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) return lost();
  // Our own failure to get a token, told already.
  if (text.starts_with("Failed to acquire SASL OAUTHBEARER token")) return;
  failed(connection_error(err, text.substr(0, text.find(" (after ")), identity_));
}

void ConnectionState::failed(const base::Error& error) {
  const std::lock_guard lock(mutex_);
  last_ = error;
  if (error.code == base::ErrorCode::kUnauthenticated) ++refusals_;
}

void ConnectionState::lost() {
  const std::lock_guard lock(mutex_);
  usable_ = false;
}

void ConnectionState::succeeded() {
  const std::lock_guard lock(mutex_);
  usable_ = true;
  last_.reset();
}

bool ConnectionState::usable() const {
  const std::lock_guard lock(mutex_);
  return usable_;
}

std::uint64_t ConnectionState::refusals() const {
  const std::lock_guard lock(mutex_);
  return refusals_;
}

std::optional<base::Error> ConnectionState::refusal() const {
  const std::lock_guard lock(mutex_);
  return last_ && last_->code == base::ErrorCode::kUnauthenticated ? last_ : std::nullopt;
}

base::Error ConnectionState::explain(rd_kafka_resp_err_t err) const {
  const std::lock_guard lock(mutex_);
  return last_ ? *last_ : cluster_error(err, identity_);
}

std::string ConnectionState::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_ ? last_->message : std::string();
}

}  // namespace weir::kafka
