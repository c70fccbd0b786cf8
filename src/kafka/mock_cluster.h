#pragma once

#include <memory>
#include <string>

#include "base/error.h"

namespace weir::kafka {

// librdkafka's mock Kafka cluster, in this process: brokers on ports of 127.0.0.1 that speak enough of the protocol to
// produce, consume, commit and list offsets. For demonstrations and tests. Gone with the object.
class MockCluster {
 public:
  // kInternal when librdkafka cannot make it.
  static base::Result<std::unique_ptr<MockCluster>> start(int brokers);
  ~MockCluster();
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  // host:port of every broker, separated by commas.
  std::string bootstrap_servers() const;

  // kInvalidArgument when the topic exists.
  base::Result<void> create_topic(const std::string& topic, int partitions);

 private:
  struct Impl;
  explicit MockCluster(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::kafka
