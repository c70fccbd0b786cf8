#include "telemetry/logging.h"

#include <array>
#include <chrono>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "telemetry/log_line.h"

namespace weir::telemetry {
namespace {

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return spdlog::level::trace;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

constexpr std::array kLevels{LogLevel::kTrace, LogLevel::kDebug, LogLevel::kInfo,
                             LogLevel::kWarn,  LogLevel::kError, LogLevel::kOff};

}  // namespace

struct Logger::Sink {
  LogFormat format;
  spdlog::logger out;

  void write(LogLevel level, std::string_view message, Fields fields) {
    if (!out.should_log(to_spdlog(level))) return;
    const LogEvent event{std::chrono::system_clock::now(), level, out.name(), message, fields};
    out.log(to_spdlog(level), format_line(format, event));
  }
};

void Logger::debug(std::string_view message, Fields fields) const {
  if (sink_) sink_->write(LogLevel::kDebug, message, fields);
}

void Logger::info(std::string_view message, Fields fields) const {
  if (sink_) sink_->write(LogLevel::kInfo, message, fields);
}

void Logger::warn(std::string_view message, Fields fields) const {
  if (sink_) sink_->write(LogLevel::kWarn, message, fields);
}

void Logger::error(std::string_view message, Fields fields) const {
  if (sink_) sink_->write(LogLevel::kError, message, fields);
}

struct Logging::Impl {
  LogOptions options;
  spdlog::sink_ptr sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
};

Logging::Logging(const LogOptions& options) : impl_(std::make_unique<Impl>(Impl{.options = options})) {
  impl_->sink->set_pattern("%v");
}

Logging::~Logging() = default;

Logger Logging::logger(std::string_view name) const {
  const auto own = impl_->options.levels.find(std::string(name));
  const LogLevel level = own == impl_->options.levels.end() ? impl_->options.level : own->second;
  Logger logger;
  logger.sink_ = std::make_shared<Logger::Sink>(impl_->options.format, spdlog::logger(std::string(name), impl_->sink));
  logger.sink_->out.set_level(to_spdlog(level));
  return logger;
}

base::Result<LogLevel> parse_log_level(std::string_view name) {
  for (const LogLevel level : kLevels) {
    if (to_string(level) == name) return level;
  }
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "log level \"{}\": must be one of trace, debug, info, warn, error, off", name);
}

base::Result<LogFormat> parse_log_format(std::string_view name) {
  if (name == "json") return LogFormat::kJson;
  if (name == "keyvalue") return LogFormat::kKeyValue;
  return base::fail(base::ErrorCode::kInvalidArgument, "log format \"{}\": must be one of json, keyvalue", name);
}

}  // namespace weir::telemetry
