#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rpc/scaler_client.h"

namespace weir::test {

inline constexpr int kCrowdPartitions = 6;

// How a group of the crowd stands to its topic.
enum class CrowdKind {
  kIdle,       // all is committed
  kBehind,     // `lag` records in every partition
  kNew,        // no commit, and starts at the beginning
  kNoTopic,    // names a topic that does not exist
  kAway,       // names brokers that do not answer
  kRefused,    // its credentials are wrong
  kInvalid,    // its metadata is wrong
  kOverQuota,  // of a namespace that has as many triggers as it may
};

struct CrowdGroup {
  CrowdKind kind = CrowdKind::kIdle;
  std::string topic, group;
  std::int64_t lag = 0;
  rpc::ScaledObjectRef object;
};

// The topics of the crowd, with the records that each of their partitions is to have.
struct CrowdTopic {
  std::string name;
  int records = 0;
};
std::vector<CrowdTopic> crowd_topics();

// So many groups in 37 namespaces, of every kind; one has names that would be markup in a page that takes them for it.
std::vector<CrowdGroup> crowd_groups(int count, const std::string& bootstrap);

}  // namespace weir::test
