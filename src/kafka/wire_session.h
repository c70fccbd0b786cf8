#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "kafka/broker_session.h"
#include "kafka/instruments.h"
#include "kafka/kafka_errors.h"
#include "kafka/statistics.h"
#include "kafka/wire/coordinators.h"
#include "kafka/wire/network.h"
#include "kafka/wire/topics.h"

namespace weir::kafka {

// One session over Weir's own client: a connection a broker, all groups of a coordinator in one request (KIP-709).
// Speaks to brokers from 3.0 on, with every mechanism but GSSAPI.
class WireSession final : public BrokerSession {
 public:
  WireSession(const SessionKey& key, const SessionOptions& options, std::string name,
              std::shared_ptr<const Instruments> instruments);

  std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                           base::SteadyTime deadline) override;
  std::vector<base::Result<lag::GroupCommits>> committed(std::span<const lag::CommittedRequest> groups,
                                                         base::SteadyTime deadline) override;
  std::vector<std::vector<base::Result<lag::Offset>>> log_offsets(std::span<const lag::LogOffsetRequest> topics,
                                                                  lag::LogPosition position,
                                                                  base::SteadyTime deadline) override;
  std::unique_ptr<lag::LogEndWatch> watch_log_ends(const lag::LogEndListener& listener) override;
  void interrupt() override { network_.interrupt(); }
  bool read_committed() const override { return key_.read_committed; }
  std::string name() const override { return name_; }
  SessionStatus status() const override;

  // Whether a broker turned out to be too old: another client must serve this session.
  bool unsupported() const { return network_.unsupported(); }

 private:
  // After a call: what status() and the metrics show.
  void account(std::string_view call, base::SteadyTime started, const base::Error* error);
  // After something was sent or received over the connections that `counted` is about.
  void count(Statistics& counted, const wire::Network::Totals& totals);

  const SessionKey key_;
  const SessionOptions options_;
  const std::string name_;
  const std::shared_ptr<const Instruments> instruments_;
  ErrorCounts errors_;
  const Identity identity_;
  wire::Network network_;
  wire::Topics topics_;
  wire::Coordinators coordinators_;

  mutable std::mutex mutex_;
  Statistics statistics_, watch_statistics_, ended_watches_;
  bool connected_ = false;
  std::string last_error_;
};

}  // namespace weir::kafka
