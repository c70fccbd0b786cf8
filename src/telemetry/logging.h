#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"

namespace weir::telemetry {

enum class LogFormat { kKeyValue, kJson };
enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

struct LogOptions {
  LogFormat format = LogFormat::kKeyValue;
  LogLevel level = LogLevel::kInfo;
  std::map<std::string, LogLevel> levels;  // by logger name, over `level`
};

// One `key=value` of a log line; keys are snake_case with the unit in the name (duration_ms).
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

// A named logger that writes one line an event to standard error. Copies are cheap. Thread-safe.
// The message is constant text; what varies goes into fields.
class Logger {
 public:
  using Fields = std::initializer_list<LogField>;

  // Logs nothing: for tests.
  Logger() = default;

  void debug(std::string_view message, Fields fields = {}) const;
  void info(std::string_view message, Fields fields = {}) const;
  void warn(std::string_view message, Fields fields = {}) const;
  void error(std::string_view message, Fields fields = {}) const;

 private:
  friend class Logging;
  struct Sink;
  std::shared_ptr<Sink> sink_;
};

// Makes the loggers of one process. Owns the sink; loggers may outlive it.
class Logging {
 public:
  explicit Logging(const LogOptions& options);
  ~Logging();

  Logger logger(std::string_view name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The level that a name such as `info` stands for, or kInvalidArgument with the names there are.
base::Result<LogLevel> parse_log_level(std::string_view name);
base::Result<LogFormat> parse_log_format(std::string_view name);

}  // namespace weir::telemetry
