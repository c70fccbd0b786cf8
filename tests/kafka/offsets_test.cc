// What a session reads from a broker that is well.

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "kafka/session_fixture.h"
#include "support/kafka_admin.h"
#include "support/kafka_broker.h"

namespace weir::test {
namespace {

using lag::LogPosition;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// One broker for all tests of this file, on which Kafka would create topics by itself; each test has topics of its own.
class Offsets : public EitherSessionTest {
 protected:
  static void SetUpTestSuite() {
    broker_ = new KafkaBroker({"--set", "auto.create.topics.enable=true"});
    admin_ = new KafkaAdmin(broker_->bootstrap());
  }
  static void TearDownTestSuite() {
    delete std::exchange(admin_, nullptr);
    delete std::exchange(broker_, nullptr);
  }

  Source plain(bool read_committed = false) { return session(broker_->bootstrap(), {}, read_committed); }

  static inline KafkaBroker* broker_ = nullptr;
  static inline KafkaAdmin* admin_ = nullptr;
};

TEST_P(Offsets, OfManyGroupsAndTopicsAreAnsweredInOneBatch) {
  constexpr int kTopics = 4, kPartitions = 5, kGroups = 100;
  std::vector<std::string> topics;
  for (int topic = 0; topic < kTopics; ++topic) {
    topics.push_back(fmt::format("many-{}", topic));
    admin_->create_topic(topics.back(), kPartitions);
    for (int partition = 0; partition < kPartitions; ++partition)
      admin_->produce(topics.back(), partition, 10 * topic + partition);
  }
  std::deque<std::string> names;
  std::vector<lag::CommittedRequest> groups;
  for (int group = 0; group < kGroups; ++group) {
    const auto& topic = topics[static_cast<std::size_t>(group % kTopics)];
    groups.push_back({names.emplace_back(fmt::format("many-group-{}", group)), {{topic, kPartitions}}});
    admin_->commit(names.back(), topic, {{1, group}, {4, 2 * group}});
  }

  const auto source = plain();
  for (const auto& count : source->partition_counts(topics, in(kEnough)))
    EXPECT_EQ(count.value(), kPartitions);
  const auto commits = source->committed(groups, in(kEnough));
  ASSERT_EQ(commits.size(), groups.size());
  for (int group = 0; group < kGroups; ++group) {
    const std::vector<TopicCommits> expected{
        {topics[static_cast<std::size_t>(group % kTopics)], {{1, group}, {4, 2 * group}}}};
    EXPECT_EQ(commits_in(commits[static_cast<std::size_t>(group)]).value(), expected);
  }
  std::vector<lag::LogOffsetRequest> requests;
  for (const auto& topic : topics)
    requests.push_back({topic, {4, 0, 1, 2, 3}});
  const auto ends = source->log_offsets(requests, LogPosition::kEnd, in(kEnough));
  const auto starts = source->log_offsets(requests, LogPosition::kStart, in(kEnough));
  for (int topic = 0; topic < kTopics; ++topic)
    for (std::size_t index = 0; index < 5; ++index) {
      const auto partition = requests[0].partitions[index];
      EXPECT_EQ(ends[static_cast<std::size_t>(topic)][index].value(), 10 * topic + partition);
      EXPECT_EQ(starts[static_cast<std::size_t>(topic)][index].value(), 0);
    }
}

TEST_P(Offsets, OfAMissingTopicAreNotFoundAndTheTopicIsNeverCreated) {
  admin_->create_topic("present", 2);
  const auto source = plain();
  for (int round = 0; round < 3; ++round) {
    const auto counts = source->partition_counts(std::vector<std::string>{"missing", "present"}, in(kEnough));
    ASSERT_FALSE(counts[0].has_value());
    EXPECT_EQ(counts[0].error().code, ErrorCode::kNotFound);
    EXPECT_THAT(counts[0].error().message, HasSubstr("\"missing\""));
    EXPECT_EQ(counts[1].value(), 2);
    const auto offsets = source->log_offsets(std::vector<lag::LogOffsetRequest>{{"missing", {0}}, {"present", {0, 1}}},
                                             LogPosition::kEnd, in(kEnough));
    ASSERT_FALSE(offsets[0][0].has_value());
    EXPECT_EQ(offsets[0][0].error().code, ErrorCode::kNotFound);
    EXPECT_EQ(offsets[1][1].value(), 0);
    EXPECT_TRUE(commits(*source, "group-of-missing", {{"missing", 1}}).value().empty());
  }
  EXPECT_THAT(admin_->topics(), Not(Contains("missing")));
}

TEST_P(Offsets, OfATopicThatIsDeletedBecomeNotFoundAndItStaysDeleted) {
  admin_->create_topic("going", 3);
  admin_->create_topic("staying", 1);
  options_.metadata_max_age = std::chrono::milliseconds(100);
  const auto source = plain();
  ASSERT_EQ(partition_count(*source, "going").value(), 3);
  ASSERT_EQ(log_offset(*source, "going", 2, LogPosition::kEnd).value(), 0);
  admin_->delete_topic("going");
  const auto until = in(kEnough);
  while (partition_count(*source, "going").has_value())
    ASSERT_LT(std::chrono::steady_clock::now(), until);
  const auto offsets = source->log_offsets(std::vector<lag::LogOffsetRequest>{{"going", {0, 1, 2}}, {"staying", {0}}},
                                           LogPosition::kEnd, in(kEnough));
  for (const auto& offset : offsets[0])
    EXPECT_EQ(offset.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(offsets[1][0].value(), 0);
  EXPECT_THAT(admin_->topics(), Not(Contains("going")));
}

TEST_P(Offsets, OfAPartitionThatATopicDoesNotHaveAreNotFound) {
  admin_->create_topic("narrow", 1);
  const auto source = plain();
  const auto offsets =
      source->log_offsets(std::vector<lag::LogOffsetRequest>{{"narrow", {0, 7}}}, LogPosition::kEnd, in(kEnough));
  EXPECT_EQ(offsets[0][0].value(), 0);
  ASSERT_FALSE(offsets[0][1].has_value());
  EXPECT_EQ(offsets[0][1].error().code, ErrorCode::kNotFound);
  EXPECT_THAT(offsets[0][1].error().message, HasSubstr("no partition 7"));
}

TEST_P(Offsets, OfANameThatNoTopicCanHaveAreNotFound) {
  const auto count = partition_count(*plain(), "not a topic!");
  ASSERT_FALSE(count.has_value());
  EXPECT_EQ(count.error().code, ErrorCode::kNotFound);
}

TEST_P(Offsets, OfAGroupThatDoesNotExistAreNone) {
  admin_->create_topic("unread", 2);
  const auto source = plain();
  EXPECT_TRUE(commits(*source, "nobody", {{"unread", 2}}).value().empty());
  EXPECT_TRUE(commits(*source, "nobody").value().empty());
}

TEST_P(Offsets, WithoutTopicsAreThoseOfEveryTopicTheGroupHasCommittedTo) {
  for (const auto* topic : {"all-b", "all-a", "all-c"})
    admin_->create_topic(topic, 2);
  admin_->commit("all", "all-b", {{1, 4}, {0, 3}});
  admin_->commit("all", "all-a", {{0, 0}});
  const auto found = commits(*plain(), "all").value();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].topic, "all-a");
  EXPECT_EQ(found[1].topic, "all-b");
  EXPECT_EQ(found[1].commits, (std::vector<std::pair<std::int32_t, lag::Offset>>{{0, 3}, {1, 4}}));
}

TEST_P(Offsets, OfTheLogStartFollowDeletedRecords) {
  admin_->create_topic("trimmed", 2);
  admin_->produce("trimmed", 0, 30);
  admin_->delete_records("trimmed", 0, 12);
  const auto source = plain();
  EXPECT_EQ(log_offset(*source, "trimmed", 0, LogPosition::kStart).value(), 12);
  EXPECT_EQ(log_offset(*source, "trimmed", 0, LogPosition::kEnd).value(), 30);
  EXPECT_EQ(log_offset(*source, "trimmed", 1, LogPosition::kStart).value(), 0);
}

TEST_P(Offsets, EndBeforeAnOpenTransactionOnlyWhereCommittedIsRead) {
  admin_->create_topic("transactions", 1);
  admin_->produce("transactions", 0, 5);
  TransactionalProducer producer(broker_->bootstrap(), "open");
  producer.begin();
  producer.produce("transactions", 0, 10);

  const auto uncommitted = plain(), committed = plain(true);
  EXPECT_FALSE(uncommitted->read_committed());
  EXPECT_TRUE(committed->read_committed());
  EXPECT_EQ(log_offset(*uncommitted, "transactions", 0, LogPosition::kEnd).value(), 15);
  EXPECT_EQ(log_offset(*uncommitted, "transactions", 0, LogPosition::kHighWatermark).value(), 15);
  EXPECT_EQ(log_offset(*committed, "transactions", 0, LogPosition::kEnd).value(), 5);
  EXPECT_EQ(log_offset(*committed, "transactions", 0, LogPosition::kHighWatermark).value(), 15);
  producer.abort();
  // The marker of the abort, a record of its own, is written a moment later.
  const auto until = in(kEnough);
  while (log_offset(*committed, "transactions", 0, LogPosition::kEnd).value() != 16)
    ASSERT_LT(std::chrono::steady_clock::now(), until);
}

TEST_P(Offsets, OfNothingAreNothing) {
  const auto source = plain();
  EXPECT_TRUE(source->partition_counts({}, in(kEnough)).empty());
  EXPECT_TRUE(source->committed({}, in(kEnough)).empty());
  EXPECT_TRUE(source->log_offsets({}, LogPosition::kEnd, in(kEnough)).empty());
  const auto empty =
      source->log_offsets(std::vector<lag::LogOffsetRequest>{{"any", {}}}, LogPosition::kEnd, in(kEnough));
  ASSERT_EQ(empty.size(), 1U);
  EXPECT_TRUE(empty[0].empty());
}

TEST_P(Offsets, ComeOverAtMostTwoConnections) {
  admin_->create_topic("connected", 4);
  options_.request_timeout = kEnough;
  const auto before = connections_to(broker_->bootstrap());
  const auto source = plain();
  std::deque<std::string> names;
  std::vector<lag::CommittedRequest> groups;
  for (int group = 0; group < 300; ++group)
    groups.push_back({names.emplace_back(fmt::format("connected-{}", group)), {{"connected", 4}}});
  for (int round = 0; round < 3; ++round) {
    ASSERT_EQ(partition_count(*source, "connected").value(), 4);
    for (const auto& group : source->committed(groups, in(kEnough)))
      ASSERT_TRUE(group.has_value()) << group.error().message;
    ASSERT_EQ(log_offset(*source, "connected", 3, LogPosition::kEnd).value(), 0);
    EXPECT_LE(connections_to(broker_->bootstrap()) - before, 2);
  }
}

WEIR_FOR_EITHER_SESSION(Offsets);

}  // namespace
}  // namespace weir::test
