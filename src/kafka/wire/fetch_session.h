#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "kafka/wire/fetch.h"
#include "lag/offsets.h"

namespace weir::kafka::wire {

using PartitionKey = std::pair<std::string, std::int32_t>;
using PartitionOffsetMap = std::map<PartitionKey, lag::Offset>;

// What one broker remembers of the partitions that one connection watches (KIP-227), so that a request names only what
// has changed since the last. A broker that has no room for a session, or has given it up for another, is told all of
// them again. Pure; not thread-safe.
class FetchSession {
 public:
  // The request that makes the broker watch just these. Its limits and isolation are the caller's to set.
  FetchRequest next(const PartitionOffsetMap& wanted);

  // What the broker answered to the last request. True: the answer stands. False: it does not, and the session begins
  // anew with the next request.
  bool take(const FetchResponse& response);

 private:
  std::int32_t id_ = 0;
  std::int32_t epoch_ = 0;
  PartitionOffsetMap known_;  // to the broker, once it has answered the last request
};

}  // namespace weir::kafka::wire
