#pragma once

#include <string_view>

#include "base/error.h"
#include "kafka/kafka_errors.h"
#include "kafka/wire/protocol.h"

namespace weir::kafka::wire {

// librdkafka numbers the broker's errors as the protocol does, so its texts and src/kafka/kafka_errors.h serve here
// too.
inline rd_kafka_resp_err_t to_librdkafka(KafkaError error) {
  return static_cast<rd_kafka_resp_err_t>(static_cast<int>(error));
}

inline std::unexpected<base::Error> group_failed(KafkaError error, std::string_view group, const Identity& identity) {
  return std::unexpected(group_error(to_librdkafka(error), group, identity));
}

inline std::unexpected<base::Error> topic_failed(KafkaError error, std::string_view topic, const Identity& identity) {
  return std::unexpected(topic_error(to_librdkafka(error), topic, identity));
}

}  // namespace weir::kafka::wire
