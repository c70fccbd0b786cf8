#include "cli/session_metrics.h"

#include <gmock/gmock.h>

namespace weir::cli {
namespace {

kafka::SessionStatus session(const std::string& name) {
  kafka::SessionStatus status;
  status.name = name;
  status.requests_by_type = {{"OffsetFetch", 7}, {"ListOffsets", 3}};
  status.errors = {{"UNAVAILABLE", 2}};
  status.bytes_sent = 100;
  status.bytes_received = 200;
  status.connects = 4;
  status.disconnects = 1;
  status.connected = true;
  return status;
}

std::string scraped(const std::vector<kafka::SessionStatus>& sessions, std::size_t most) {
  telemetry::Registry registry;
  const auto guard = registry.add_collector(
      [&](std::vector<telemetry::Sample>& samples) { collect_session_metrics(sessions, most, samples); });
  return registry.scrape();
}

TEST(SessionMetrics, TellRequestsBytesConnectionsAndErrorsOfEachSession) {
  const auto text = scraped({session("kafka:9092")}, 10);
  for (const auto* line :
       {"weir_kafka_session_requests{session=\"kafka:9092\",type=\"OffsetFetch\"} 7",
        "weir_kafka_session_requests{session=\"kafka:9092\",type=\"ListOffsets\"} 3",
        "weir_kafka_session_errors{code=\"UNAVAILABLE\",session=\"kafka:9092\"} 2",
        "weir_kafka_session_sent_bytes{session=\"kafka:9092\"} 100",
        "weir_kafka_session_received_bytes{session=\"kafka:9092\"} 200",
        "weir_kafka_session_connects{session=\"kafka:9092\"} 4",
        "weir_kafka_session_disconnects{session=\"kafka:9092\"} 1",
        "weir_kafka_session_connected{session=\"kafka:9092\"} 1", "weir_kafka_sessions_without_series 0"})
    EXPECT_THAT(text, testing::HasSubstr(line));
}

TEST(SessionMetrics, AreBoundedHoweverManySessionsThereAre) {
  std::vector<kafka::SessionStatus> sessions;
  for (int i = 0; i < 1000; ++i)
    sessions.push_back(session(fmt::format("broker-{:04}:9092", 999 - i)));
  const auto text = scraped(sessions, kMostSessionSeries);
  EXPECT_LT(std::ranges::count(text, '\n'), 2000);
  EXPECT_THAT(text, testing::HasSubstr("broker-0099:9092"));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("broker-0100:9092")));
  EXPECT_THAT(text, testing::HasSubstr("weir_kafka_sessions_without_series 900"));
}

}  // namespace
}  // namespace weir::cli
