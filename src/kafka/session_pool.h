#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/credentials.h"
#include "lag/offset_source.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::kafka {

// What makes a session: equal keys share one.
struct SessionKey {
  std::vector<std::string> brokers;  // sorted, without repeats
  Credentials credentials;
  bool read_committed = false;

  bool operator==(const SessionKey&) const = default;
  auto operator<=>(const SessionKey&) const = default;
};

// Which Kafka client serves a session.
enum class ClientChoice {
  kAuto,        // Weir's own, but librdkafka for Kerberos and for brokers before 3.0
  kWire,        // Weir's own or none
  kLibrdkafka,  // librdkafka always
};

// Of `auto`, `wire` or `librdkafka`. kInvalidArgument names what is allowed.
base::Result<ClientChoice> parse_client_choice(std::string_view text);

struct SessionOptions {
  ClientChoice client = ClientChoice::kAuto;
  std::chrono::milliseconds request_timeout{2000};
  std::chrono::milliseconds metadata_max_age{30'000};
  int requests_in_flight = 32;
  std::chrono::milliseconds unused_after{std::chrono::minutes(5)};
  std::size_t max_sessions = 1000;
};

// One session for /status and metrics. No secret.
struct SessionStatus {
  std::string name;
  std::vector<std::string> brokers;
  std::string authentication;
  bool read_committed = false;
  std::string source = "librdkafka";
  bool connected = false;  // a client exists and its last request succeeded
  std::string last_error;  // of the last failed request or connection, empty after a success
  // Since the session was opened; librdkafka tells of its own every 15 s.
  std::uint64_t requests = 0;  // sent to brokers
  std::uint64_t bytes_sent = 0, bytes_received = 0;
  std::uint64_t connects = 0, disconnects = 0;
  std::map<std::string, std::uint64_t> requests_by_type = {};  // by Kafka's name of the request
  std::map<std::string, std::uint64_t> errors = {};            // of groups, topics and partitions, by code
};

// The sessions of a process. Thread-safe. A session connects at its first request, and is closed when nobody but the
// pool has held it for `unused_after`.
class SessionPool {
 public:
  SessionPool(SessionOptions options, const base::Clock& clock, telemetry::Logger logger,
              telemetry::Registry& registry);
  ~SessionPool();

  // The session of this key, without connecting. kResourceExhausted at max_sessions, kInvalidArgument where the client
  // that was chosen cannot serve it.
  base::Result<std::shared_ptr<lag::OffsetSource>> get(const SessionKey& key);

  std::vector<SessionStatus> status() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::kafka
