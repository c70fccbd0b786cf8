#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kafka/broker_session.h"
#include "kafka/client.h"
#include "kafka/instruments.h"
#include "kafka/oauth_token_client.h"
#include "kafka/session_pool.h"
#include "kafka/topic_metadata.h"
#include "lag/offset_source.h"
#include "telemetry/logging.h"

namespace weir::kafka {

// Takes a client that is no longer needed and destroys it on a thread that nobody waits for. Thread-safe.
using RetireClient = std::function<void(std::shared_ptr<Client>)>;

// One session over librdkafka. A client is made at the first call; a second one, for high watermarks beside a session
// that reads committed, when those are asked.
class Session final : public BrokerSession {
 public:
  Session(SessionKey key, const SessionOptions& options, std::string name,
          std::shared_ptr<const Instruments> instruments, telemetry::Logger logger, std::shared_ptr<Kerberos> kerberos,
          RetireClient retire);
  ~Session() override;

  std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                           base::SteadyTime deadline) override;
  std::vector<base::Result<lag::GroupCommits>> committed(std::span<const lag::CommittedRequest> groups,
                                                         base::SteadyTime deadline) override;
  std::vector<std::vector<base::Result<lag::Offset>>> log_offsets(std::span<const lag::LogOffsetRequest> topics,
                                                                  lag::LogPosition position,
                                                                  base::SteadyTime deadline) override;
  bool read_committed() const override { return key_.read_committed; }
  std::string name() const override { return name_; }

  // From any thread, beside a running call.
  SessionStatus status() const override;
  // Runs callbacks that are due while nobody calls.
  void serve() override;
  void interrupt() override { context_->interrupted = true; }

 private:
  // A client with what was learned over it. The metadata goes first.
  struct Connection {
    std::shared_ptr<Client> client;
    std::unique_ptr<TopicMetadata> metadata;
    base::SteadyTime made;
  };

  // The connection, with a client that a broker has answered lately.
  base::Result<Connection*> connect(Connection& connection, bool read_committed, base::SteadyTime deadline);
  base::Result<void> make_client(Connection& connection, bool read_committed);
  base::SteadyTime bounded(base::SteadyTime deadline) const;
  void replace(Connection& connection);

  const SessionKey key_;
  const SessionOptions options_;
  const std::string name_;
  const std::shared_ptr<const Instruments> instruments_;
  ErrorCounts errors_;
  const RetireClient retire_;
  const std::shared_ptr<ClientContext> context_;
  const std::shared_ptr<Kerberos> kerberos_;
  Authenticators authenticators_;

  Connection main_, uncommitted_;
  bool suspect_ = false;
  // For the calls that may come beside a running one.
  mutable std::mutex clients_mutex_;
  std::vector<std::shared_ptr<Client>> clients_;
  Statistics of_replaced_;
};

}  // namespace weir::kafka
