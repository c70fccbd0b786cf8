#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/error.h"
#include "kafka/oauth_token_client.h"
#include "kafka/session_pool.h"
#include "kafka/wire/connection.h"
#include "kafka/wire/drive.h"
#include "kafka/wire/handshake.h"

namespace weir::kafka::wire {

// The connections of one session: one a broker, and another where there is much to ask of it, opened when needed and
// again, with back-off, after they failed.
// Used by one thread at a time, but for interrupt().
class Network {
 public:
  Network(const SessionKey& key, std::chrono::milliseconds request_timeout);

  // A connection to a broker by its number, ready for requests.
  base::Result<Connection*> node(std::int32_t id, base::SteadyTime deadline);
  // Another one to the same broker, which works on one request of each connection at a time.
  base::Result<Connection*> node_again(std::int32_t id, base::SteadyTime deadline);
  // A connection to any broker: one that is open, else a bootstrap server.
  base::Result<Connection*> any(base::SteadyTime deadline);

  // The connection to a broker that is open now, if any, without asking anything of it.
  const Connection* held(std::int32_t id) const;
  // Brokers in the order in which to ask them, those that are connected to first: another may take long to reach.
  std::vector<std::int32_t> held_first(std::ranges::input_range auto&& ids) const {
    std::vector<std::int32_t> ordered(ids.begin(), ids.end());
    std::ranges::stable_partition(ordered, [this](std::int32_t id) { return held(id) != nullptr; });
    return ordered;
  }

  // Where brokers are, by what one of them said.
  void learn(std::int32_t id, const std::string& host, std::int32_t port);
  // Closes a connection that failed.
  void drop(const Connection* connection, const base::Error& error);

  // Runs requests that were asked on these connections, and drops those that failed. The errors, by connection.
  std::map<const Connection*, base::Error> run(const std::vector<Connection*>& connections, base::SteadyTime deadline);

  // Whether a broker turned out not to know the requests that this client makes.
  bool unsupported() const { return unsupported_; }

  void interrupt() { interrupted_ = true; }
  bool interrupted() const { return interrupted_; }
  // Requests and bytes of all connections there ever were, and how many were opened and lost.
  struct Totals {
    Traffic traffic;
    std::uint64_t connects = 0, disconnects = 0;
  };
  Totals totals() const;

 private:
  struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    std::unique_ptr<Connection> connection;
    std::optional<Renewal> renewal;
    base::SteadyTime used, retry_at;
    base::Backoff backoff{std::chrono::milliseconds(50), std::chrono::milliseconds(1000)};
    std::optional<base::Error> error;
  };

  base::Result<Connection*> open(Endpoint& endpoint, base::SteadyTime deadline);
  // Authenticates anew; false: the connection is of no use any more.
  bool renew(Endpoint& endpoint, base::SteadyTime deadline);
  base::Result<Connection*> reopen(Endpoint& endpoint, base::SteadyTime deadline);
  base::Result<void> prepare(Endpoint& endpoint, base::SteadyTime deadline);
  base::Result<std::shared_ptr<const TlsContext>> tls_context();
  void close(Endpoint& endpoint, const base::Error& error);
  void close_idle(base::SteadyTime now);
  Patience patience(base::SteadyTime deadline) const;

  const SessionKey key_;
  const std::chrono::milliseconds request_timeout_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<OauthTokenClient> tokens_;
  std::vector<Endpoint> bootstrap_;
  std::map<std::int32_t, Endpoint> nodes_, nodes_again_;
  bool unsupported_ = false;
  std::atomic<bool> interrupted_ = false;
  base::SteadyTime close_idle_at_;
  Totals closed_;
};

}  // namespace weir::kafka::wire
