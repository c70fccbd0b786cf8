#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "kafka/session_pool.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::test {

using base::ErrorCode;

// Until when a call may take.
inline base::SteadyTime in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}
constexpr std::chrono::seconds kEnough{10};

// A pool of sessions with what it needs.
class SessionTest : public ::testing::Test {
 protected:
  using Source = std::shared_ptr<lag::OffsetSource>;

  // A session with the credentials that these parameters stand for. Values are plain text.
  Source session(const std::string& brokers, const std::map<std::string, std::string>& authentication = {},
                 bool read_committed = false) {
    kafka::AuthParameters parameters;
    for (const auto& [name, value] : authentication)
      parameters.emplace(name, base::Secret(value));
    auto credentials = kafka::parse_credentials(parameters);
    if (!credentials) throw std::runtime_error(credentials.error().message);
    auto source = pool().get({split(brokers), *credentials, read_committed});
    if (!source) throw std::runtime_error(source.error().message);
    return *source;
  }

  kafka::SessionPool& pool() {
    if (!pool_) pool_ = std::make_unique<kafka::SessionPool>(options_, clock_, telemetry::Logger(), registry_);
    return *pool_;
  }

  kafka::SessionOptions options_;
  base::SystemClock clock_;
  telemetry::Registry registry_;

 private:
  static std::vector<std::string> split(const std::string& brokers) {
    std::vector<std::string> list;
    for (std::size_t begin = 0; begin <= brokers.size();) {
      const auto end = std::min(brokers.find(',', begin), brokers.size());
      list.push_back(brokers.substr(begin, end - begin));
      begin = end + 1;
    }
    return list;
  }

  std::unique_ptr<kafka::SessionPool> pool_;
};

// Calls with one entry.
inline base::Result<std::int32_t> partition_count(lag::OffsetSource& source, const std::string& topic,
                                                  std::chrono::milliseconds within = kEnough) {
  return source.partition_counts(std::vector{topic}, in(within)).at(0);
}
inline base::Result<lag::GroupCommits> commits(lag::OffsetSource& source, const std::string& group,
                                               const std::vector<lag::TopicPartitions>& topics = {},
                                               std::chrono::milliseconds within = kEnough) {
  return source.committed(std::vector{lag::CommittedRequest{group, topics}}, in(within)).at(0);
}
inline base::Result<lag::Offset> log_offset(lag::OffsetSource& source, const std::string& topic, std::int32_t partition,
                                            lag::LogPosition position, std::chrono::milliseconds within = kEnough) {
  return source.log_offsets(std::vector{lag::LogOffsetRequest{topic, {partition}}}, position, in(within)).at(0).at(0);
}

}  // namespace weir::test
