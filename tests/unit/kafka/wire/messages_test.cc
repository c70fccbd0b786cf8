#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "kafka/wire/api_versions.h"
#include "kafka/wire/find_coordinator.h"
#include "kafka/wire/list_offsets.h"
#include "kafka/wire/metadata.h"
#include "kafka/wire/offset_fetch.h"
#include "kafka/wire/sasl_messages.h"

namespace weir::kafka::wire {
namespace {

Bytes offset_fetch_answer() {
  Writer out;
  out.int32(0).compact_array(2);
  out.compact_string("shop").compact_array(1).compact_string("orders").compact_array(2);
  out.int32(0).int64(42).int32(-1).compact_string("").int16(0).no_tags();
  out.int32(1).int64(-1).int32(-1).compact_string("").int16(29).no_tags();
  out.no_tags().int16(0).no_tags();
  out.compact_string("other").compact_array(0).int16(16).no_tags().no_tags();
  return out.take();
}

Bytes find_coordinator_answer() {
  Writer out;
  out.int32(0).compact_array(1);
  out.compact_string("shop").int32(3).compact_string("kafka-3").int32(9092).int16(0).compact_string("").no_tags();
  out.no_tags();
  return out.take();
}

Bytes list_offsets_answer() {
  Writer out;
  out.int32(0).compact_array(1).compact_string("orders").compact_array(1);
  out.int32(4).int16(6).int64(-1).int64(1000).int32(7).no_tags().no_tags().no_tags();
  return out.take();
}

Bytes metadata_answer() {
  Writer out;
  out.int32(0).compact_array(1).int32(1).compact_string("kafka-1").int32(9092).compact_string("").no_tags();
  out.compact_string("cluster").int32(1).compact_array(1);
  out.int16(0).compact_string("orders").boolean(false).compact_array(1);
  out.int16(0).int32(0).int32(1).int32(5).compact_array(2).int32(1).int32(2).compact_array(1).int32(1).compact_array(0);
  out.no_tags().int32(0).no_tags().int32(0).no_tags();
  return out.take();
}

Bytes api_versions_answer() {
  Writer out;
  out.int16(0)
      .compact_array(2)
      .int16(9)
      .int16(1)
      .int16(10)
      .no_tags()
      .int16(3)
      .int16(0)
      .int16(8)
      .no_tags()
      .int32(0)
      .no_tags();
  return out.take();
}

Bytes sasl_authenticate_answer() {
  Writer out;
  const Bytes message{'v', '=', 'x'};
  out.int16(0).compact_string("").compact_bytes(message).int64(60'000).no_tags();
  return out.take();
}

TEST(Messages, OffsetFetchTellsEachGroupAndPartition) {
  const Bytes bytes = offset_fetch_answer();
  Reader in(bytes);
  const auto answer = OffsetFetchResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_EQ(in.left(), 0u);
  ASSERT_EQ(answer.groups.size(), 2u);
  const auto topics = answer.of(answer.groups[0]);
  ASSERT_EQ(topics.size(), 1u);
  EXPECT_EQ(topics[0].name, "orders");
  const auto partitions = answer.of(topics[0]);
  ASSERT_EQ(partitions.size(), 2u);
  EXPECT_EQ(partitions[0].committed_offset, 42);
  EXPECT_EQ(partitions[1].error, KafkaError::kTopicAuthorizationFailed);
  EXPECT_EQ(answer.groups[1].id, "other");
  EXPECT_EQ(answer.groups[1].error, KafkaError::kNotCoordinator);
}

TEST(Messages, OffsetFetchAsksForNamedTopicsOrForAll) {
  Writer out;
  const lag::CommittedRequest named{"g", {{"t", 2}}}, all{"h", {}};
  OffsetFetchRequest{{&named, &all}}.write(out);
  EXPECT_EQ(out.take(), (Bytes{3, 2, 'g', 2, 2, 't', 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 'h', 0, 0, 0, 0}));
}

TEST(Messages, OffsetFetchWritesATopicOfSeveralGroupsForEach) {
  const std::string topic = "t";
  const lag::CommittedRequest first{"g", {{topic, 1}}}, second{"h", {{topic, 1}, {topic, 2}}};
  Writer out;
  OffsetFetchRequest{{&first, &second}}.write(out);
  EXPECT_EQ(out.take(), (Bytes{3, 2,   'g', 2, 2,   't', 2, 0, 0, 0, 0, 0, 0,                                     //
                               2, 'h', 3,   2, 't', 2,   0, 0, 0, 0, 0, 2, 't', 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,  //
                               0, 0}));
}

TEST(Messages, OffsetFetchPassesOverAGroupThatTheCallerHas) {
  const Bytes bytes = offset_fetch_answer();
  Reader first(bytes);
  const auto all = OffsetFetchResponse::read(first);
  const auto known = [&](std::string_view group, std::size_t place) {
    EXPECT_EQ(group, all.groups.at(place).id);
    return place == 0 ? all.groups[0].mark : lag::CommitsMark{1, all.groups[1].mark.bytes};
  };
  Reader again(bytes);
  const auto rest = OffsetFetchResponse::read(again, known);
  ASSERT_FALSE(again.failed());
  EXPECT_EQ(again.left(), 0u);
  EXPECT_TRUE(rest.groups.at(0).unchanged);
  EXPECT_EQ(rest.groups[0].mark, all.groups[0].mark);
  EXPECT_TRUE(rest.of(rest.groups[0]).empty());
  EXPECT_FALSE(rest.groups.at(1).unchanged) << "its mark is another's";
  EXPECT_EQ(rest.groups[1].error, KafkaError::kNotCoordinator);
}

TEST(Messages, OffsetFetchReadsAGroupOfWhichOneByteIsOther) {
  const Bytes bytes = offset_fetch_answer();
  Reader in(bytes);
  const auto mark = OffsetFetchResponse::read(in).groups.at(0).mark;
  const std::size_t begin = 5;  // behind throttle_time_ms and the length of the array
  for (std::size_t at = begin; at < begin + mark.bytes; ++at) {
    Bytes other = bytes;
    other[at] ^= 1;
    Reader changed(other);
    const auto answer = OffsetFetchResponse::read(changed, [&](auto, auto) { return mark; });
    EXPECT_FALSE(answer.groups.at(0).unchanged) << "byte " << at;
  }
}

TEST(Messages, FindCoordinatorTellsWhereToAsk) {
  const Bytes bytes = find_coordinator_answer();
  Reader in(bytes);
  const auto answer = FindCoordinatorResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_EQ(answer.coordinators.at(0).node, 3);
  EXPECT_EQ(answer.coordinators.at(0).host, "kafka-3");
  EXPECT_EQ(answer.coordinators.at(0).port, 9092);
}

TEST(Messages, ListOffsetsTellsOffsetsAndErrors) {
  const Bytes bytes = list_offsets_answer();
  Reader in(bytes);
  const auto answer = ListOffsetsResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_EQ(answer.topics.at(0).partitions.at(0).index, 4);
  EXPECT_EQ(answer.topics[0].partitions[0].offset, 1000);
  EXPECT_EQ(answer.topics[0].partitions[0].error, KafkaError::kNotLeaderOrFollower);
}

TEST(Messages, MetadataTellsBrokersAndLeaders) {
  const Bytes bytes = metadata_answer();
  Reader in(bytes);
  const auto answer = MetadataResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_EQ(in.left(), 0u);
  EXPECT_EQ(answer.brokers.at(0).host, "kafka-1");
  EXPECT_EQ(answer.topics.at(0).name, "orders");
  EXPECT_EQ(answer.topics[0].partitions.at(0).leader, 1);
}

TEST(Messages, ApiVersionsTellsWhetherARequestIsKnown) {
  const Bytes bytes = api_versions_answer();
  Reader in(bytes);
  const auto answer = ApiVersionsResponse::read(in);
  ASSERT_FALSE(in.failed());
  EXPECT_TRUE(answer.knows(kOffsetFetch));
  EXPECT_FALSE(answer.knows(kMetadata)) << "only up to version 8";
  EXPECT_FALSE(answer.knows(kFindCoordinator)) << "not at all";
}

TEST(Messages, ABrokerThatIsTooOldAnswersWithItsErrorAlone) {
  const Bytes bytes{0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 2};
  Reader in(bytes);
  const auto answer = ApiVersionsResponse::read(in);
  EXPECT_FALSE(in.failed());
  EXPECT_FALSE(answer.knows(kMetadata));
}

struct Answer {
  const char* name;
  Bytes bytes;
  std::function<void(Reader&)> read;
};

TEST(Messages, AnAnswerThatIsCutAnywhereFailsAndNothingElse) {
  const Answer rows[] = {
      {"OffsetFetch", offset_fetch_answer(), [](Reader& in) { OffsetFetchResponse::read(in); }},
      {"FindCoordinator", find_coordinator_answer(), [](Reader& in) { FindCoordinatorResponse::read(in); }},
      {"ListOffsets", list_offsets_answer(), [](Reader& in) { ListOffsetsResponse::read(in); }},
      {"Metadata", metadata_answer(), [](Reader& in) { MetadataResponse::read(in); }},
      {"ApiVersions", api_versions_answer(), [](Reader& in) { ApiVersionsResponse::read(in); }},
      {"SaslAuthenticate", sasl_authenticate_answer(), [](Reader& in) { SaslAuthenticateResponse::read(in); }},
  };
  for (const Answer& row : rows) {
    for (std::size_t length = 0; length < row.bytes.size(); ++length) {
      const Bytes cut(row.bytes.begin(), row.bytes.begin() + static_cast<std::ptrdiff_t>(length));
      Reader in(cut);
      row.read(in);
      EXPECT_TRUE(in.failed()) << row.name << " cut to " << length << " of " << row.bytes.size() << " bytes";
    }
    for (std::size_t at = 0; at < row.bytes.size(); ++at) {
      Bytes wrong = row.bytes;
      wrong[at] = 0xFF;
      Reader in(wrong);
      row.read(in);  // whatever it says, it ends and stays within its bytes
    }
  }
}

}  // namespace
}  // namespace weir::kafka::wire
