#include "telemetry/log_line.h"

#include <chrono>
#include <cmath>
#include <iterator>
#include <variant>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "telemetry/utf8.h"

namespace weir::telemetry {
namespace {

bool is_control(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

void append_escaped(std::string& out, char32_t c) {
  switch (c) {
    case U'"':
      out += "\\\"";
      return;
    case U'\\':
      out += "\\\\";
      return;
    case U'\n':
      out += "\\n";
      return;
    case U'\r':
      out += "\\r";
      return;
    case U'\t':
      out += "\\t";
      return;
    default:
      break;
  }
  if (is_control(c)) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
  } else {
    append_utf8(out, c);
  }
}

// A JSON string; key=value lines quote with the same escapes.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty())
    append_escaped(out, take_code_point(text));
  out += '"';
}

bool is_bare(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return alphanumeric || std::string_view("-_.:/+,@%#*()[]{}<>;~^&!?|$").find(c) != std::string_view::npos;
}

void append_bare_or_quoted(std::string& out, std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text)
    bare = bare && is_bare(c);
  if (bare) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

std::string timestamp(base::SystemTime time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

// Appends `key` and a value in one of the two formats.
class LineWriter {
 public:
  explicit LineWriter(LogFormat format) : json_(format == LogFormat::kJson) {
    if (json_) line_ = "{";
  }

  void field(std::string_view key, const std::variant<std::string_view, std::int64_t, double, bool>& value) {
    start(key);
    std::visit([this](const auto& held) { append(held); }, value);
  }

  std::string take() {
    if (json_) line_ += '}';
    return std::move(line_);
  }

 private:
  void start(std::string_view key) {
    if (json_) {
      if (line_.size() > 1) line_ += ',';
      append_quoted(line_, key);
      line_ += ':';
      return;
    }
    if (!line_.empty()) line_ += ' ';
    append_bare_or_quoted(line_, key);
    line_ += '=';
  }

  void append(std::string_view text) { json_ ? append_quoted(line_, text) : append_bare_or_quoted(line_, text); }
  void append(std::int64_t number) { fmt::format_to(std::back_inserter(line_), "{}", number); }
  void append(bool truth) { line_ += truth ? "true" : "false"; }
  void append(double number) {
    // JSON has no word for these.
    if (json_ && !std::isfinite(number)) {
      line_ += "null";
    } else {
      fmt::format_to(std::back_inserter(line_), "{}", number);
    }
  }

  bool json_;
  std::string line_;
};

}  // namespace

std::string_view to_string(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return "trace";
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      return "off";
  }
  return "off";
}

std::string format_line(LogFormat format, const LogEvent& event) {
  const std::string time = timestamp(event.time);
  LineWriter line(format);
  line.field("ts", std::string_view(time));
  line.field("level", to_string(event.level));
  line.field("logger", event.logger);
  line.field("msg", event.message);
  for (const LogField& field : event.fields)
    line.field(field.key, field.value);
  return line.take();
}

}  // namespace weir::telemetry
