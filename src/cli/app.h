#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "cli/config.h"
#include "telemetry/logging.h"

namespace weir::cli {

// Weir's version, as CMake knows it.
std::string version();

// The scaler of one process, from Secrets to ports. Its parts start in the order in which they need each other, and
// stop in the reverse one.
class App {
 public:
  // Starts everything. The error says in one line what to change; kInvalidArgument when flags or files are wrong.
  static base::Result<std::unique_ptr<App>> start(const Settings& settings, const base::Clock& clock,
                                                  const telemetry::Logging& logging);
  ~App();

  int grpc_port() const;
  int http_port() const;

  // Takes readiness away, ends streams with OK, lets calls finish within `grace`. Blocks. The rest stops with the
  // object.
  void shut_down(std::chrono::milliseconds grace);

 private:
  struct Parts;
  explicit App(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::cli
