#pragma once

#include "cli/check_report.h"

namespace weir::cli {

// A ConsumerGroup: what the API server and the controller refuse.
void check_consumer_group(const CheckNode& document, CheckReport& report);

// A KafkaSource: what keeps a ConsumerGroup from being made of it.
void check_kafka_source(const CheckNode& document, CheckReport& report);

}  // namespace weir::cli
