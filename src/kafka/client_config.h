#pragma once

#include <map>
#include <string>

#include "base/error.h"
#include "kafka/client_handle.h"
#include "kafka/session_pool.h"

namespace weir::kafka {

// librdkafka's properties by name. Values may be secrets.
using ClientProperties = std::map<std::string, std::string>;

// The properties of one client of a session: a consumer that never subscribes, because only a consumer can be told
// which isolation level ListOffsets asks for (a producer always reads committed), and that never creates topics. It has
// a group of its own, which it never joins: without one, librdkafka 2.0.2 crashes when a broker answers that it does
// not coordinate a group that was asked for.
ClientProperties client_properties(const SessionKey& key, const SessionOptions& options);

// A configuration from properties. kInvalidArgument says what librdkafka found wrong with which property.
base::Result<ConfPtr> make_conf(const ClientProperties& properties);

}  // namespace weir::kafka
