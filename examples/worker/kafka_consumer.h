#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "telemetry/logging.h"

namespace weir::worker {

// What all consumers of a group are made from. Consumers made from equal ones need not be made anew.
struct ConsumerSettings {
  std::map<std::string, std::string> properties;  // librdkafka's, by name; values may be secrets
  std::vector<std::string> topics;

  bool operator==(const ConsumerSettings&) const = default;
};

struct Record {
  std::string_view group, topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

// What the program is there for: it is given every record. Called by all consumers at once.
class RecordHandler {
 public:
  virtual ~RecordHandler() = default;
  // True: done with, its offset may be committed. False: not done with, as `stop` came before.
  virtual bool handle(const Record& record, const std::stop_token& stop) = 0;
};

// One member of a consumer group, on a thread of its own. The offset of a record is committed after it was handled, so
// each is handled at least once. While Kafka is away it waits.
class KafkaConsumer {
 public:
  // kInvalidArgument says which property librdkafka does not take. `handler` must outlive the consumer.
  static base::Result<std::unique_ptr<KafkaConsumer>> start(const ConsumerSettings& settings, RecordHandler& handler,
                                                            telemetry::Logger logger);
  // Waits until it has committed and left the group; 10 s where Kafka does not answer.
  ~KafkaConsumer();

  // Asks it to leave.
  void stop();

 private:
  struct Impl;
  explicit KafkaConsumer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace weir::worker
