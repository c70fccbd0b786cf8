#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "kafka/broker_session.h"
#include "kafka/wire_session.h"

namespace weir::kafka {

// A session over Weir's own client, which gives way to librdkafka for good once a broker turns out to be too old for
// it.
class AdaptiveSession final : public BrokerSession {
 public:
  using MakeFallback = std::function<std::shared_ptr<BrokerSession>()>;

  AdaptiveSession(std::unique_ptr<WireSession> wire, MakeFallback make_fallback)
      : wire_(std::move(wire)), make_fallback_(std::move(make_fallback)) {}

  std::vector<base::Result<std::int32_t>> partition_counts(std::span<const std::string> topics,
                                                           base::SteadyTime deadline) override;
  std::vector<base::Result<lag::GroupCommits>> committed(std::span<const lag::CommittedRequest> groups,
                                                         base::SteadyTime deadline) override;
  std::vector<std::vector<base::Result<lag::Offset>>> log_offsets(std::span<const lag::LogOffsetRequest> topics,
                                                                  lag::LogPosition position,
                                                                  base::SteadyTime deadline) override;
  std::unique_ptr<lag::LogEndWatch> watch_log_ends(const lag::LogEndListener& listener) override;
  void interrupt() override;
  bool read_committed() const override { return wire_->read_committed(); }
  std::string name() const override { return wire_->name(); }
  SessionStatus status() const override;
  void serve() override;

 private:
  template <class Call>
  auto call(Call make);
  std::shared_ptr<BrokerSession> fallback() const;

  const std::unique_ptr<WireSession> wire_;
  const MakeFallback make_fallback_;
  mutable std::mutex mutex_;
  std::shared_ptr<BrokerSession> fallback_;
  bool interrupted_ = false;
};

}  // namespace weir::kafka
