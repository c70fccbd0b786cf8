#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "monitor/monitor.h"
#include "rpc/trigger_table.h"
#include "telemetry/logging.h"
#include "telemetry/metrics.h"

namespace weir::rpc {

struct TlsFiles {
  std::string certificate, key;  // PEM; read again when they change
  std::string client_ca;         // PEM; set: every client must show a certificate signed by it
};

struct ServerOptions {
  std::string listen = "0.0.0.0:9090";
  std::optional<TlsFiles> tls;
  // Names (common name, or DNS or URI subject alternative name) of client certificates whose callers are trusted.
  std::vector<std::string> allowed_clients;
  std::chrono::milliseconds max_stream_age{std::chrono::minutes(50)};
  bool stream_metric_spec = false;
  bool reflection = false;
};

// The gRPC server: externalscaler.ExternalScaler, weir.v1.Lag, the standard health service. Every handler answers from
// memory or, before a first snapshot, within Monitor's first_wait.
class Server {
 public:
  // kInvalidArgument names the flag or file that is wrong, or the port in use.
  static base::Result<std::unique_ptr<Server>> start(const ServerOptions& options, const base::Clock& clock,
                                                     TriggerTable& triggers, monitor::Monitor& monitor,
                                                     const telemetry::Logger& logger, telemetry::Registry& registry);
  virtual ~Server() = default;

  virtual int port() const = 0;  // as bound, for listen with port 0

  // What the standard health service answers for "" and externalscaler.ExternalScaler.
  virtual void set_ready(bool ready) = 0;

  // Ends every stream with OK, lets calls finish, stops within `grace`. Blocks.
  virtual void shutdown(std::chrono::milliseconds grace) = 0;
};

}  // namespace weir::rpc
