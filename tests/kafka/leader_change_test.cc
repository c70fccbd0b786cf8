// Two brokers: leaders and group coordinators move, and what hangs must not hold up the rest.

#include <deque>
#include <string>

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using lag::LogPosition;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kPartitions = 6;

// The first broker is the controller too, so it is always the second that goes.
class TwoBrokers : public EitherSessionTest {
 protected:
  void SetUp() override {
    admin_.create_topic("orders", kPartitions, 2);
    for (int partition = 0; partition < kPartitions; ++partition)
      admin_.produce("orders", partition, partition + 1);
    // Groups enough that each broker coordinates some.
    for (int group = 0; group < kGroups; ++group) {
      groups_.push_back({names_.emplace_back("group-" + std::to_string(group)), {{"orders", kPartitions}}});
      admin_.commit(names_.back(), "orders", {{0, 1}});
    }
    source_ = session(first_.bootstrap() + "," + second_.bootstrap());
    ASSERT_EQ(partition_count(*source_, "orders").value(), kPartitions);
    ASSERT_EQ(answered(kEnough), (std::pair{kPartitions, kGroups}));
  }

  // How many partitions and groups are answered, and rightly.
  std::pair<int, int> answered(milliseconds within) {
    lag::LogOffsetRequest request{"orders", {}};
    for (int partition = 0; partition < kPartitions; ++partition)
      request.partitions.push_back(partition);
    int partitions = 0, groups = 0;
    const auto ends = source_->log_offsets(std::vector{request}, LogPosition::kEnd, in(within)).at(0);
    for (std::size_t partition = 0; partition < ends.size(); ++partition)
      if (ends[partition]) partitions += *ends[partition] == static_cast<lag::Offset>(partition) + 1 ? 1 : -1000;
    for (const auto& group : source_->committed(groups_, in(within)))
      if (group) groups += group->offsets->at(0).partitions.at(0).committed == 1 ? 1 : -1000;
    return {partitions, groups};
  }

  void expect_all_within(milliseconds limit) {
    const auto until = in(limit);
    std::pair<int, int> last;
    while ((last = answered(milliseconds(1500))) != std::pair{kPartitions, kGroups})
      ASSERT_LT(steady_clock::now(), until) << last.first << " partitions, " << last.second << " groups";
  }

  static constexpr int kGroups = 8;
  KafkaBroker first_{{"--set", "offsets.topic.replication.factor=2", "--set", "broker.session.timeout.ms=3000", "--set",
                      "offsets.topic.num.partitions=8"}};
  KafkaBroker second_{{"--node-id", "2", "--join", first_.directory().string(), "--set",
                       "offsets.topic.replication.factor=2", "--set", "broker.session.timeout.ms=3000", "--set",
                       "broker.heartbeat.interval.ms=500"}};
  KafkaAdmin admin_{first_.bootstrap()};
  std::deque<std::string> names_;
  std::vector<lag::CommittedRequest> groups_;
  Source source_;
};

TEST_P(TwoBrokers, LeadersAndCoordinatorsMoveWhenOneIsShutDown) {
  second_.stop();
  expect_all_within(std::chrono::seconds(15));
  second_.restart();
  expect_all_within(std::chrono::seconds(15));
  EXPECT_LE(connections_to(first_.bootstrap()), 3);  // two of the session and one of the admin client
}

TEST_P(TwoBrokers, WhatTheOtherLeadsIsAnsweredWhileOneHangs) {
  second_.pause();
  // Until the controller gives its partitions to the other broker, only those of the other are answered.
  const auto [partitions, groups] = answered(milliseconds(2000));
  EXPECT_GE(partitions, kPartitions / 2);
  EXPECT_GE(groups, 0);
  expect_all_within(std::chrono::seconds(30));
  second_.resume();
  expect_all_within(std::chrono::seconds(15));
}

WEIR_FOR_EITHER_SESSION(TwoBrokers);

}  // namespace
}  // namespace weir::test
