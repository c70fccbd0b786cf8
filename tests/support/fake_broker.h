#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"
#include "support/tcp_server.h"

namespace weir::test {

struct FakeBrokerOptions {
  std::optional<Certificate> certificate = std::nullopt;
  // Where set, connections must authenticate by OAUTHBEARER; says whether a client's first message is good.
  std::function<bool(const std::string& message)> authenticate = nullptr;
  std::int64_t session_lifetime_ms = 0;
  // What is sent instead of an answer (its length, correlation id and body).
  std::function<std::string(kafka::wire::ApiKey api, const std::string& answer)> distort = nullptr;
  // How many groups, topics and partitions each answer holds beside those that were asked for.
  int uninvited = 0;
  // Of each topic, by its metadata.
  std::int32_t partitions = 2;
  // Groups that are coordinated by broker 2, at this port of 127.0.0.1.
  std::map<std::string, std::uint16_t> coordinated_elsewhere = {};
  // Hangs up on those that come after so many.
  std::optional<int> most_connections = std::nullopt;
};

// A Kafka cluster of one broker, number 1, by the requests that Weir makes. Every topic has kPartitions partitions,
// every group has committed kCommitted to each, and every log ends at kEnd. For what a real broker cannot be brought to
// do.
class FakeBroker {
 public:
  static constexpr std::int32_t kPartitions = 2;
  static constexpr std::int64_t kCommitted = 5;
  static constexpr std::int64_t kEnd = 12;

  explicit FakeBroker(FakeBrokerOptions options = {});

  std::string address() const { return server_.address(); }
  int connections() const { return server_.connections(); }

 private:
  void serve(Stream& stream) const;
  void answer(kafka::wire::ApiKey api, kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void api_versions(kafka::wire::Writer& out) const;
  void sasl_handshake(kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void sasl_authenticate(kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void metadata(kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void find_coordinator(kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void offset_fetch(kafka::wire::Reader& in, kafka::wire::Writer& out) const;
  void list_offsets(kafka::wire::Reader& in, kafka::wire::Writer& out) const;

  const FakeBrokerOptions options_;
  TcpServer server_;
};

}  // namespace weir::test
