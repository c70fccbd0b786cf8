#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "telemetry/logging.h"

namespace weir::telemetry {

// One event to be written.
struct LogEvent {
  base::SystemTime time;
  LogLevel level = LogLevel::kInfo;
  std::string_view logger;
  std::string_view message;
  std::initializer_list<LogField> fields;
};

// The event as one line without its end. Control characters are escaped and invalid UTF-8 is replaced, so that no value
// can start a line of its own or steer a terminal.
std::string format_line(LogFormat format, const LogEvent& event);

// `info`, as parse_log_level reads it.
std::string_view to_string(LogLevel level);

}  // namespace weir::telemetry
