#pragma once

#include <string>

#include <CLI/CLI.hpp>

// Flags that `weir scaler` and `weir controller` have alike; in the one they are std::string, in the other optional.
namespace weir::cli {

template <class Text>
void add_http_listen(CLI::App& command, Text& http_listen, const std::string& group) {
  command.add_option("--http-listen", http_listen, "/metrics, /healthz, /readyz and /status (default 0.0.0.0:8080)")
      ->type_name("HOST:PORT")
      ->group(group);
}

template <class Text>
void add_log_flags(CLI::App& command, Text& format, Text& level, const std::string& group) {
  command.add_option("--log-format", format, "keyvalue or json (default keyvalue)")->type_name("FORMAT")->group(group);
  command.add_option("--log-level", level, "trace, debug, info, warn, error or off (default info)")
      ->type_name("LEVEL")
      ->group(group);
}

}  // namespace weir::cli
