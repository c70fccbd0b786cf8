#include "kafka/wire/fetch_session.h"

#include <limits>

namespace weir::kafka::wire {
namespace {

// The entry of a topic in a list that is filled in the order of topics.
template <class Topic>
Topic& entry(std::vector<Topic>& topics, const std::string& name) {
  if (topics.empty() || topics.back().name != name) topics.push_back({name, {}});
  return topics.back();
}

}  // namespace

FetchRequest FetchSession::next(const PartitionOffsetMap& wanted) {
  FetchRequest request;
  request.session_id = id_;
  request.session_epoch = epoch_;
  const bool anew = id_ == 0;
  for (const auto& [key, offset] : wanted) {
    const auto& [topic, partition] = key;
    const auto known = known_.find(key);
    if (!anew && known != known_.end() && known->second == offset) continue;
    entry(request.topics, topic).partitions.push_back({partition, offset});
  }
  for (const auto& [key, offset] : known_)
    if (!anew && !wanted.contains(key)) entry(request.forgotten, key.first).partitions.push_back(key.second);
  known_ = wanted;
  return request;
}

bool FetchSession::take(const FetchResponse& response) {
  if (response.error != KafkaError::kNone || response.session_id == 0 || (id_ != 0 && response.session_id != id_)) {
    id_ = 0;
    epoch_ = 0;
    return response.error == KafkaError::kNone;
  }
  id_ = response.session_id;
  // 0 would ask for a new session.
  epoch_ = epoch_ == std::numeric_limits<std::int32_t>::max() ? 1 : epoch_ + 1;
  return true;
}

}  // namespace weir::kafka::wire
