#pragma once

#include <string_view>

namespace weir::scaling {

// Whether KEDA's Kafka client takes `text` as the `version` of a broker: three numbers such as 2.8.0, or four that
// start with 0, of 0.10.0.0 or later.
bool is_kafka_version(std::string_view text);

}  // namespace weir::scaling
