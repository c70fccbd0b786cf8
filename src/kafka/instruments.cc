#include "kafka/instruments.h"

#include <chrono>
#include <string>

namespace weir::kafka {
namespace {

double grown(std::uint64_t before, std::uint64_t now) {
  return now > before ? static_cast<double>(now - before) : 0.0;
}

telemetry::Histogram call_duration(telemetry::Registry& registry, const std::string& call) {
  return registry.histogram("weir_kafka_call_duration_seconds", "How long a batch of Kafka requests took.",
                            {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5}, {{"call", call}});
}

}  // namespace

Instruments::Instruments(telemetry::Registry& registry)
    : registry_(registry),
      sent_(registry.counter("weir_kafka_sent_bytes_total", "Bytes sent to Kafka brokers.")),
      received_(registry.counter("weir_kafka_received_bytes_total", "Bytes received from Kafka brokers.")),
      connects_(registry.counter("weir_kafka_connects_total", "Connections tried to Kafka brokers.")),
      disconnects_(registry.counter("weir_kafka_disconnects_total", "Connections to Kafka brokers that were lost.")),
      calls_{{"partition_counts", call_duration(registry, "partition_counts")},
             {"committed", call_duration(registry, "committed")},
             {"log_offsets", call_duration(registry, "log_offsets")}},
      sessions_(registry.gauge("weir_kafka_sessions",
                               "Kafka sessions held: one a cluster, credentials and isolation level.")) {
  // The first error of a kind is a growth, too, for who looks at growth.
  using base::ErrorCode;
  for (const auto code : {ErrorCode::kNotFound, ErrorCode::kPermissionDenied, ErrorCode::kUnauthenticated,
                          ErrorCode::kResourceExhausted, ErrorCode::kUnavailable, ErrorCode::kInternal})
    errors(code);
}

void Instruments::count(const Statistics& before, const Statistics& now) const {
  for (const auto& [type, requests] : now.requests) {
    const auto known = before.requests.find(type);
    const auto more = grown(known == before.requests.end() ? 0 : known->second, requests);
    if (more > 0)
      registry_.counter("weir_kafka_requests_total", "Requests sent to Kafka brokers, by their type.", {{"type", type}})
          .add(more);
  }
  sent_.add(grown(before.bytes_sent, now.bytes_sent));
  received_.add(grown(before.bytes_received, now.bytes_received));
  connects_.add(grown(before.connects, now.connects));
  disconnects_.add(grown(before.disconnects, now.disconnects));
}

void Instruments::observe_call(std::string_view call, base::SteadyTime started) const {
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started;
  if (const auto known = calls_.find(call); known != calls_.end()) known->second.observe(taken.count());
}

void Instruments::count_error(base::ErrorCode code) const {
  errors(code).add();
}

telemetry::Counter Instruments::errors(base::ErrorCode code) const {
  return registry_.counter("weir_kafka_errors_total",
                           "Groups, topics and partitions that could not be read, by the kind of error.",
                           {{"code", std::string(to_string(code))}});
}

void ErrorCounts::add(base::ErrorCode code) {
  instruments_->count_error(code);
  const std::scoped_lock lock(mutex_);
  ++counts_[std::string(to_string(code))];
}

std::map<std::string, std::uint64_t> ErrorCounts::by_code() const {
  const std::scoped_lock lock(mutex_);
  return counts_;
}

void Instruments::set_sessions(std::size_t sessions) const {
  sessions_.set(static_cast<double>(sessions));
}

}  // namespace weir::kafka
