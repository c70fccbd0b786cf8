#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>

#include "base/error.h"
#include "kafka/kafka_errors.h"

namespace weir::kafka {

// What is known of a client's connections: librdkafka reports why one failed apart from the requests that then go
// unanswered, and repeats the same report only every 30 s, so the last one is kept until a request succeeds.
// Thread-safe.
class ConnectionState {
 public:
  explicit ConnectionState(Identity identity) : identity_(std::move(identity)) {}

  // A connection failed, in librdkafka's words.
  void failed(rd_kafka_resp_err_t err, std::string_view text);
  // A connection cannot be made for a reason of our own, such as a token endpoint that refuses.
  void failed(const base::Error& error);
  // A request went unanswered.
  void lost();
  // A request was answered.
  void succeeded();

  bool usable() const;
  // How often credentials have been refused, and the last time's error if nothing has succeeded since.
  std::uint64_t refusals() const;
  std::optional<base::Error> refusal() const;
  // The error of a request that went unanswered: why the connection failed, where that is known.
  base::Error explain(rd_kafka_resp_err_t err) const;
  // What failed last, empty after a success.
  std::string last_error() const;

  const Identity& identity() const { return identity_; }

 private:
  const Identity identity_;
  mutable std::mutex mutex_;
  bool usable_ = false;
  std::uint64_t refusals_ = 0;
  std::optional<base::Error> last_;
};

}  // namespace weir::kafka
