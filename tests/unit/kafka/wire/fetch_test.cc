#include "kafka/wire/fetch.h"

#include <gtest/gtest.h>

#include "kafka/wire/fetch_session.h"
#include "kafka/wire/wake_budget.h"

namespace weir::kafka::wire {
namespace {

using namespace std::chrono_literals;

// What a request names, as topic/partition@offset and topic/-partition for those to forget.
std::vector<std::string> named(const FetchRequest& request) {
  std::vector<std::string> names;
  for (const auto& topic : request.topics)
    for (const auto& [partition, offset] : topic.partitions)
      names.push_back(topic.name + "/" + std::to_string(partition) + "@" + std::to_string(offset));
  for (const auto& topic : request.forgotten)
    for (const auto partition : topic.partitions)
      names.push_back(topic.name + "/-" + std::to_string(partition));
  return names;
}

using Names = std::vector<std::string>;

FetchResponse answer(std::int32_t session, KafkaError error = KafkaError::kNone) {
  return {0, error, session, {}};
}

const PartitionOffsetMap kThree{{{"orders", 0}, 10}, {{"orders", 1}, 20}, {{"payments", 0}, 30}};

TEST(FetchResponse, TellsOfPartitionsAndSkipsTheirRecords) {
  Writer out;
  out.int32(7).int16(0).int32(99).compact_array(1).compact_string("orders").compact_array(2);
  const Bytes records(1000, 0xAB);
  out.int32(3).int16(0).int64(50).int64(48).int64(0);
  out.compact_array(1).int64(1).int64(2).no_tags();
  out.int32(-1).compact_bytes(records).no_tags();
  out.int32(4).int16(29).int64(-1).int64(-1).int64(-1).compact_array(-1).int32(-1).unsigned_varint(0).no_tags();
  out.no_tags().no_tags();
  const Bytes bytes = out.take();
  Reader in(bytes);
  const auto response = FetchResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(response.throttle_time_ms, 7);
  EXPECT_EQ(response.session_id, 99);
  ASSERT_EQ(response.topics.size(), 1u);
  const auto& partitions = response.topics[0].partitions;
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].high_watermark, 50);
  EXPECT_EQ(partitions[0].last_stable_offset, 48);
  EXPECT_EQ(partitions[1].index, 4);
  EXPECT_EQ(partitions[1].error, KafkaError::kTopicAuthorizationFailed);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Reader cut(std::span<const std::uint8_t>(bytes).first(size));
    FetchResponse::read(cut);
    EXPECT_TRUE(cut.failed()) << size;
  }
}

TEST(FetchSession, NamesEverythingAtFirstAndThenOnlyWhatChanged) {
  FetchSession session;
  const auto first = session.next(kThree);
  EXPECT_EQ(first.session_id, 0);
  EXPECT_EQ(first.session_epoch, 0);
  EXPECT_EQ(named(first), (Names{"orders/0@10", "orders/1@20", "payments/0@30"}));
  ASSERT_TRUE(session.take(answer(5)));
  const auto second = session.next(kThree);
  EXPECT_EQ(second.session_id, 5);
  EXPECT_EQ(second.session_epoch, 1);
  EXPECT_EQ(named(second), Names());
  ASSERT_TRUE(session.take(answer(5)));
  const auto third = session.next({{{"orders", 1}, 21}, {{"payments", 0}, 30}, {{"returns", 2}, 1}});
  EXPECT_EQ(third.session_epoch, 2);
  EXPECT_EQ(named(third), (Names{"orders/1@21", "returns/2@1", "orders/-0"}));
}

TEST(FetchSession, ABrokerWithoutRoomForASessionIsToldEverythingEachTime) {
  FetchSession session;
  session.next(kThree);
  ASSERT_TRUE(session.take(answer(0)));
  const auto again = session.next(kThree);
  EXPECT_EQ(again.session_id, 0);
  EXPECT_EQ(again.session_epoch, 0);
  EXPECT_EQ(named(again).size(), 3u);
}

TEST(FetchSession, ASessionThatTheBrokerGaveUpBeginsAnew) {
  for (const auto error : {KafkaError::kFetchSessionIdNotFound, KafkaError::kInvalidFetchSessionEpoch}) {
    FetchSession session;
    session.next(kThree);
    session.take(answer(5));
    session.next(kThree);
    EXPECT_FALSE(session.take(answer(0, error)));
    const auto again = session.next(kThree);
    EXPECT_EQ(again.session_id, 0);
    EXPECT_EQ(named(again).size(), 3u);
  }
}

TEST(WakeBudget, LetsTenWakesThroughAtOnceAndThenOneEachTenthOfASecond) {
  WakeBudget budget;
  base::SteadyTime now(1h);
  for (int wake = 0; wake < WakeBudget::kMost; ++wake) {
    EXPECT_EQ(budget.next(now), now) << wake;
    budget.spend(now);
  }
  EXPECT_EQ(budget.next(now), now + 100ms);
  now += 100ms;
  EXPECT_EQ(budget.next(now), now);
  budget.spend(now);
  EXPECT_EQ(budget.next(now), now + 100ms);
  now += 10s;
  int at_once = 0;
  while (budget.next(now) == now && at_once < 100) {
    budget.spend(now);
    ++at_once;
  }
  EXPECT_EQ(at_once, WakeBudget::kMost) << "what is not spent is not saved";
}

}  // namespace
}  // namespace weir::kafka::wire
