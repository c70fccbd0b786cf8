#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "kafka/wire/codec.h"
#include "kafka/wire/protocol.h"
#include "kafka/wire/transport.h"

namespace weir::kafka::wire {

// Bytes and requests of a connection, for metrics.
struct Traffic {
  std::map<ApiKey, std::uint64_t> requests;
  std::uint64_t bytes_sent = 0, bytes_received = 0;

  Traffic& operator+=(const Traffic& more);
};

// Requests and answers over one transport. Kafka answers a connection's requests one after another in their order, so
// what is asked first is answered first. Not thread-safe; drive() runs many of them.
class Connection {
 public:
  // A broker that answers more than this to one request is not believed: no batch of ours comes near.
  static constexpr std::int32_t kMostAnswerBytes = 64 << 20;

  Connection(std::unique_ptr<Transport> transport, std::string address)
      : transport_(std::move(transport)), address_(std::move(address)) {}

  // What is called with the body of an answer. False when it could not be read: the connection is then failed.
  using Answer = std::function<bool(Reader&)>;

  // Queues a request; `answer` is called in advance(), or never when the connection fails.
  template <class Request>
  void ask(const Api& api, const Request& request, Answer answer) {
    Writer out;
    const auto length_at = begin(out, api);
    request.write(out);
    finish(out, length_at, api, std::move(answer));
  }

  // Writes and reads what goes without blocking, and calls answers. The error fails the connection for good: it is told
  // again by every further call.
  base::Result<void> advance();

  std::size_t outstanding() const { return waiting_.size(); }
  // What poll() shall wait for.
  int descriptor() const { return transport_->descriptor(); }
  bool wants_write() const { return sent_ < output_.size() || transport_->wants_write(); }

  const std::string& address() const { return address_; }
  const Traffic& traffic() const { return traffic_; }

 private:
  struct Waiting {
    std::int32_t correlation;
    bool flexible;
    Answer answer;
  };

  std::size_t begin(Writer& out, const Api& api);
  void finish(Writer& out, std::size_t length_at, const Api& api, Answer answer);
  base::Result<void> write_some();
  base::Result<void> read_some();
  base::Result<void> take_frames();
  base::Result<void> take_frame(std::span<const std::uint8_t> frame);

  std::unique_ptr<Transport> transport_;
  std::string address_;
  std::int32_t last_correlation_ = 0;
  std::deque<Waiting> waiting_;
  Bytes output_, input_;
  std::size_t sent_ = 0;      // of output_
  std::size_t received_ = 0;  // the first so many of input_, the rest of which is room
  Traffic traffic_;
  std::optional<base::Error> failure_;
};

}  // namespace weir::kafka::wire
