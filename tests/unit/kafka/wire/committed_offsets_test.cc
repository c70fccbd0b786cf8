#include "kafka/wire/committed_offsets.h"

#include <atomic>
#include <deque>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "kafka/session_pool.h"
#include "support/fake_broker.h"

namespace weir::kafka::wire {
namespace {

using namespace std::chrono_literals;
using test::FakeBroker;
using test::FakeBrokerOptions;
using Clock = std::chrono::steady_clock;

class CommittedOffsets : public ::testing::Test {
 protected:
  // Asks for so many groups, twice, and says how many of them were answered as the broker has them.
  static int answered(const FakeBroker& broker, int groups) {
    base::SystemClock clock;
    telemetry::Registry registry;
    SessionPool pool({}, clock, telemetry::Logger(), registry);
    SessionKey key;
    key.brokers = {broker.address()};
    const auto source = pool.get(key).value();
    std::deque<std::string> names;
    std::vector<lag::CommittedRequest> requests;
    for (int group = 0; group < groups; ++group)
      requests.push_back(
          {names.emplace_back("group-" + std::to_string(group)), {{"orders", FakeBroker::kPartitions}}, {}});
    int good = 0;
    for (int call = 0; call < 2; ++call)
      for (const auto& answer : source->committed(requests, Clock::now() + 10s))
        if (answer && answer->offsets->at(0).partitions.at(1).committed == lag::Offset{FakeBroker::kCommitted}) ++good;
    return good / 2;
  }
};

TEST_F(CommittedOffsets, TakeAnotherConnectionWhereOneRequestDoesNotHoldAllGroups) {
  struct Row {
    int groups, connections;
  };
  for (const auto& [groups, connections] : {Row{1, 1}, Row{200, 1}, Row{201, 2}, Row{1000, 2}}) {
    SCOPED_TRACE(groups);
    const FakeBroker broker;
    EXPECT_EQ(answered(broker, groups), groups);
    EXPECT_EQ(broker.connections(), connections);
  }
}

TEST_F(CommittedOffsets, AreReadOverOneConnectionWhereTheBrokerTakesNoOther) {
  const FakeBroker broker({.most_connections = 1});
  EXPECT_EQ(answered(broker, 1000), 1000);
  EXPECT_GT(broker.connections(), 1);
}

TEST_F(CommittedOffsets, AreAskedForAgainWhereOneOfTwoConnectionsFails) {
  for (const int failing : {1, 2, 3, 4}) {
    SCOPED_TRACE(failing);
    std::atomic<int> answers = 0;
    const FakeBroker broker({.distort = [&](ApiKey api, const std::string& answer) {
      return api == ApiKey::kOffsetFetch && ++answers == failing ? std::string(64, '\x7f') : answer;
    }});
    EXPECT_EQ(answered(broker, 800), 800);
  }
}

}  // namespace
}  // namespace weir::kafka::wire
