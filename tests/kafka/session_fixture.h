#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "kafka/broker_session.h"
#include "kafka/client_reaper.h"
#include "kafka/session.h"
#include "kafka/session_pool.h"
#include "support/commits.h"
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

  // A session with the credentials that these parameters stand for. Values are plain text. It is the pool's choice of
  // client, unless the test is about the one over librdkafka, which serves brokers before 3.0 and Kerberos.
  Source session(const std::string& brokers, const std::map<std::string, std::string>& authentication = {},
                 bool read_committed = false) {
    kafka::AuthParameters parameters;
    for (const auto& [name, value] : authentication)
      parameters.emplace(name, base::Secret(value));
    auto credentials = kafka::parse_credentials(parameters);
    if (!credentials) throw std::runtime_error(credentials.error().message);
    const kafka::SessionKey key{split(brokers), *credentials, read_committed};
    if (librdkafka_)
      return std::make_shared<kafka::Session>(
          key, options_, brokers, std::make_shared<const kafka::Instruments>(registry_), telemetry::Logger(),
          std::make_shared<kafka::Kerberos>(),
          [this](std::shared_ptr<kafka::Client> client) { reaper_.retire(std::move(client)); });
    auto source = pool().get(key);
    if (!source) throw std::runtime_error(source.error().message);
    return *source;
  }

  static kafka::SessionStatus status(const Source& source) {
    auto& session = dynamic_cast<kafka::BrokerSession&>(*source);
    session.serve();
    return session.status();
  }

  kafka::SessionPool& pool() {
    if (!pool_) pool_ = std::make_unique<kafka::SessionPool>(options_, clock_, telemetry::Logger(), registry_);
    return *pool_;
  }

  bool librdkafka_ = false;
  kafka::SessionOptions options_;
  base::SystemClock clock_;
  telemetry::Registry registry_;
  kafka::ClientReaper reaper_;

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

// Tests that hold for either client. A suite is set up for each.
class EitherSessionTest : public SessionTest, public ::testing::WithParamInterface<bool> {
 protected:
  EitherSessionTest() { librdkafka_ = GetParam(); }
};

#define WEIR_FOR_EITHER_SESSION(suite)                            \
  INSTANTIATE_TEST_SUITE_P(Own, suite, ::testing::Values(false)); \
  INSTANTIATE_TEST_SUITE_P(Librdkafka, suite, ::testing::Values(true))

// Calls with one entry.
inline base::Result<std::int32_t> partition_count(lag::OffsetSource& source, const std::string& topic,
                                                  std::chrono::milliseconds within = kEnough) {
  return source.partition_counts(std::vector{topic}, in(within)).at(0);
}
inline base::Result<std::vector<TopicCommits>> commits(lag::OffsetSource& source, const std::string& group,
                                                       const std::vector<lag::TopicPartitions>& topics = {},
                                                       std::chrono::milliseconds within = kEnough) {
  return commits_in(source.committed(std::vector{lag::CommittedRequest{group, topics}}, in(within)).at(0));
}
inline base::Result<lag::Offset> log_offset(lag::OffsetSource& source, const std::string& topic, std::int32_t partition,
                                            lag::LogPosition position, std::chrono::milliseconds within = kEnough) {
  return source.log_offsets(std::vector{lag::LogOffsetRequest{topic, {partition}}}, position, in(within)).at(0).at(0);
}

}  // namespace weir::test
