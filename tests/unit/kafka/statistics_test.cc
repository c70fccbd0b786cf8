#include "kafka/statistics.h"

#include <gtest/gtest.h>

namespace weir::kafka {
namespace {

TEST(Statistics, AddUpTheBrokers) {
  const auto statistics = parse_statistics(R"({
    "name": "weir#consumer-1",
    "brokers": {
      "a:1/1": {"txbytes": 100, "rxbytes": 200, "connects": 2, "disconnects": 1, "req": {"Metadata": 3, "Fetch": 0}},
      "b:1/2": {"txbytes": 10, "rxbytes": 20, "connects": 1, "req": {"Metadata": 1, "OffsetFetch": 5}}
    },
    "topics": {"orders": {"partitions": {"0": {"brokers": {"x": {"txbytes": 7}}}}}}
  })");
  EXPECT_EQ(statistics.requests, (std::map<std::string, std::uint64_t>{{"Metadata", 4}, {"OffsetFetch", 5}}));
  EXPECT_EQ(statistics.all_requests(), 9U);
  EXPECT_EQ(statistics.bytes_sent, 110U);
  EXPECT_EQ(statistics.bytes_received, 220U);
  EXPECT_EQ(statistics.connects, 3U);
  EXPECT_EQ(statistics.disconnects, 1U);
}

TEST(Statistics, OfTextThatIsSomethingElseAreZero) {
  for (const auto* text : {"", "{", "[]", "{}", R"({"brokers": 3})", R"({"brokers": {"a": 1}})",
                           R"({"brokers": {"a": {"txbytes": "many", "req": []}}})"})
    EXPECT_EQ(parse_statistics(text), Statistics()) << text;
}

TEST(Statistics, OfReplacedClientsAreAdded) {
  Statistics sum{{{"Metadata", 1}}, 1, 2, 3, 4};
  sum += Statistics{{{"Metadata", 2}, {"ListOffsets", 5}}, 10, 20, 30, 40};
  EXPECT_EQ(sum, (Statistics{{{"ListOffsets", 5}, {"Metadata", 3}}, 11, 22, 33, 44}));
}

}  // namespace
}  // namespace weir::kafka
