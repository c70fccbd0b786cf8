#include "kafka/wire/codec.h"

#include <gtest/gtest.h>

namespace weir::kafka::wire {
namespace {

TEST(Codec, ReadsWhatItWrites) {
  Writer out;
  const Bytes blob{1, 2, 3};
  out.int8(-3).int16(-300).int32(70'000).int64(-5'000'000'000).boolean(true).unsigned_varint(300);
  out.string("orders").compact_string("").compact_string("bills").compact_bytes(blob).array(2).compact_array(1).int8(0);
  const Bytes bytes = out.take();
  Reader in(bytes);
  EXPECT_EQ(in.int8(), -3);
  EXPECT_EQ(in.int16(), -300);
  EXPECT_EQ(in.int32(), 70'000);
  EXPECT_EQ(in.int64(), -5'000'000'000);
  EXPECT_TRUE(in.boolean());
  EXPECT_EQ(in.unsigned_varint(), 300u);
  EXPECT_EQ(in.string(), "orders");
  EXPECT_EQ(in.compact_string(), "");
  EXPECT_EQ(in.compact_string(), "bills");
  const auto read = in.compact_bytes();
  EXPECT_EQ(Bytes(read.begin(), read.end()), blob);
  EXPECT_EQ(in.array(1), 2);
  EXPECT_EQ(in.compact_array(1), 1);
  EXPECT_FALSE(in.failed());
  EXPECT_EQ(in.left(), 1u);
}

TEST(Codec, WritesAsTheProtocolGuideSays) {
  Writer out;
  out.int16(258).unsigned_varint(300).string("ab").compact_string("ab").compact_array(-1).compact_array(0);
  EXPECT_EQ(out.take(), (Bytes{1, 2, 0xAC, 2, 0, 2, 'a', 'b', 3, 'a', 'b', 0, 1}));
}

Bytes host_of(std::size_t letters) {
  Writer out;
  out.compact_string(std::string(letters, 'h'));
  return out.take();
}

TEST(Codec, ReadsHostsAsLongAsTheyMayBe) {
  const Bytes bytes = host_of(255);
  Reader in(bytes);
  EXPECT_EQ(in.compact_host().size(), 255u);
  EXPECT_FALSE(in.failed());
}

TEST(Codec, AllArraysTogetherHoldNoMoreThanTheBound) {
  Writer out;
  out.array(Reader::kMostElements - 1).array(1).array(1);
  Bytes bytes = out.take();
  bytes.resize(bytes.size() + static_cast<std::size_t>(Reader::kMostElements));
  Reader in(bytes);
  EXPECT_EQ(in.array(1), Reader::kMostElements - 1);
  EXPECT_EQ(in.array(1), 1);
  EXPECT_EQ(in.array(1), 0);
  EXPECT_TRUE(in.failed());
}

struct Bad {
  const char* name;
  Bytes bytes;
  void (*read)(Reader&);
};

TEST(Codec, FailsOnLengthsThatAreNotThere) {
  const Bad rows[] = {
      {"a number that is cut", {1, 2, 3}, [](Reader& in) { in.int32(); }},
      {"a string that is longer than the rest", {0, 9, 'a'}, [](Reader& in) { in.string(); }},
      {"a compact string that is longer than the rest", {9, 'a'}, [](Reader& in) { in.compact_string(); }},
      {"compact bytes that are longer than the rest",
       {0xFF, 0xFF, 0xFF, 0xFF, 0x0F},
       [](Reader& in) { in.compact_bytes(); }},
      {"more elements than could be there", {0x7F, 0xFF, 0xFF, 0xFF, 1, 2}, [](Reader& in) { in.array(4); }},
      {"more compact elements than could be there",
       {0xFF, 0xFF, 0xFF, 0xFF, 0x07},
       [](Reader& in) { in.compact_array(1); }},
      {"a varint without an end", {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, [](Reader& in) { in.unsigned_varint(); }},
      {"a varint of more than 32 bits", {0xFF, 0xFF, 0xFF, 0xFF, 0x1F}, [](Reader& in) { in.unsigned_varint(); }},
      {"skipped elements that are not there", {3, 1, 2, 3, 4, 5}, [](Reader& in) { in.skip_compact_array(4); }},
      {"a host longer than DNS allows", host_of(256), [](Reader& in) { in.compact_host(); }},
      {"a host with a line end", {4, 'a', '\n', 'b'}, [](Reader& in) { in.compact_host(); }},
      {"a host that is not ASCII", {3, 0xC3, 0xA9}, [](Reader& in) { in.compact_host(); }},
      {"tags that are longer than the rest", {1, 0, 9, 1}, [](Reader& in) { in.tags(); }},
      {"tags without number", {0xFF, 0xFF, 0xFF, 0xFF, 0x0F}, [](Reader& in) { in.tags(); }},
  };
  for (const Bad& row : rows) {
    Reader in(row.bytes);
    row.read(in);
    EXPECT_TRUE(in.failed()) << row.name;
    EXPECT_EQ(in.int64(), 0) << row.name << ": nothing is read after a failure";
  }
}

TEST(Codec, SkipsTagsItDoesNotKnow) {
  const Bytes bytes{2, 0, 1, 7, 5, 2, 8, 9, 42};
  Reader in(bytes);
  in.tags();
  EXPECT_EQ(in.int8(), 42);
  EXPECT_FALSE(in.failed());
}

}  // namespace
}  // namespace weir::kafka::wire
