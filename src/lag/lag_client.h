#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "lag/offsets.h"

namespace weir::lag {

// The trigger of a ScaledObject or ScaledJob whose lag is wanted, with its metadata as KEDA would send it.
struct TriggerReference {
  std::string ns, name;
  std::map<std::string, std::string> metadata;
};

struct DescribedPartition {
  std::int32_t partition = 0;
  std::optional<Offset> committed, log_start, log_end, high_watermark;
  Offset lag = 0;           // counts for the metric
  Offset activity_lag = 0;  // counts for activity
  std::string reason;       // a LagReason's name

  bool operator==(const DescribedPartition&) const = default;
};

struct DescribedTopic {
  std::string topic;
  std::vector<DescribedPartition> partitions;

  bool operator==(const DescribedTopic&) const = default;
};

// The lag of a group and what a scaler makes of it.
struct LagDescription {
  std::string group;
  std::vector<DescribedTopic> topics;  // partitions that count
  std::string metric_name;
  std::int64_t metric_value = 0;
  std::int64_t target = 0;
  bool active = false;
  std::int64_t desired_replicas = 0;
  std::string decision_reason;  // the rule that changed the metric last
  std::int64_t total_lag = 0;   // before any cap
  std::int64_t activity_lag = 0;
  base::SystemTime snapshot_time;
  std::string refresh_error;  // of the last refresh, empty when it succeeded
  std::string session;        // brokers and user, no secret

  bool operator==(const LagDescription&) const = default;
};

// Asks a scaler for the lag of groups. Thread-safe. The errors are the scaler's; kUnavailable when it does not answer.
class LagClient {
 public:
  virtual ~LagClient() = default;

  // Blocks for at most a few seconds.
  virtual base::Result<LagDescription> describe(const TriggerReference& trigger) = 0;

  // Calls `each` now and whenever the lag changes, on this thread, until it returns false or the scaler ends the stream
  // (both: no error). Blocks in between.
  virtual base::Result<void> watch(const TriggerReference& trigger,
                                   const std::function<bool(const LagDescription&)>& each) = 0;
};

// The lag of a trigger in short.
struct LagSummary {
  std::int64_t partitions = 0;
  std::int64_t total_lag = 0;
  std::int64_t desired_replicas = 0;
  bool active = false;

  bool operator==(const LagSummary&) const = default;
};

// News of one of many triggers. kUnavailable: Kafka is away, or what is known of it too old.
struct LagNews {
  std::uint64_t id = 0;
  base::Result<LagSummary> summary;
};

// One open stream of news. Calls but next() may come from any thread.
class LagNewsStream {
 public:
  virtual ~LagNewsStream() = default;

  // Adds a trigger under the caller's own number, or replaces it. False: the stream has ended.
  virtual bool want(std::uint64_t id, const TriggerReference& trigger) = 0;
  virtual bool forget(std::uint64_t id) = 0;

  // Blocks for the next news; the first, empty ones come at once when the scaler serves. None: the stream has ended.
  virtual std::optional<std::vector<LagNews>> next() = 0;

  // Makes next() answer none.
  virtual void cancel() = 0;
};

// Opens streams about many triggers. Thread-safe.
class LagNewsClient {
 public:
  virtual ~LagNewsClient() = default;
  virtual std::unique_ptr<LagNewsStream> open() = 0;
};

}  // namespace weir::lag
