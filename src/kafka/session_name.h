#pragma once

#include <string>

#include "kafka/kafka_errors.h"
#include "kafka/session_pool.h"

namespace weir::kafka {

// A session for people, without secrets: `kafka-1:9092 +2 as orders (scram_sha512)`. Not unique.
std::string session_name(const SessionKey& key);

// Whom errors of this session are about.
Identity identity_of(const SessionKey& key);

}  // namespace weir::kafka
