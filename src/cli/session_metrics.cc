#include "cli/session_metrics.h"

#include <algorithm>

namespace weir::cli {
namespace {

void add_series(const kafka::SessionStatus& session, std::vector<telemetry::Sample>& samples) {
  const auto add = [&](const char* name, const char* help, telemetry::Labels labels, std::uint64_t value) {
    labels.emplace("session", session.name);
    samples.push_back({name, help, std::move(labels), static_cast<double>(value)});
  };
  for (const auto& [type, count] : session.requests_by_type)
    add("weir_kafka_session_requests", "Requests that a session sent to brokers, by their type.", {{"type", type}},
        count);
  for (const auto& [code, count] : session.errors)
    add("weir_kafka_session_errors",
        "Groups, topics and partitions that a session could not read, by the kind of error.", {{"code", code}}, count);
  add("weir_kafka_session_sent_bytes", "Bytes that a session sent to brokers.", {}, session.bytes_sent);
  add("weir_kafka_session_received_bytes", "Bytes that a session received from brokers.", {}, session.bytes_received);
  add("weir_kafka_session_connects", "Connections that a session opened to brokers.", {}, session.connects);
  add("weir_kafka_session_disconnects", "Connections that a session lost.", {}, session.disconnects);
  add("weir_kafka_session_connected", "1 when the last request of a session was answered.", {},
      session.connected ? 1 : 0);
}

}  // namespace

void collect_session_metrics(std::vector<kafka::SessionStatus> sessions, std::size_t most,
                             std::vector<telemetry::Sample>& samples) {
  std::ranges::sort(sessions, {}, &kafka::SessionStatus::name);
  const auto shown = std::min(most, sessions.size());
  for (std::size_t i = 0; i < shown; ++i)
    add_series(sessions[i], samples);
  samples.push_back({"weir_kafka_sessions_without_series",
                     "Sessions without series of their own, as there are too many.",
                     {},
                     static_cast<double>(sessions.size() - shown)});
}

}  // namespace weir::cli
