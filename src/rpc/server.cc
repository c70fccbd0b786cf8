#include "rpc/server.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <absl/synchronization/mutex.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "base/timer_queue.h"
#include "rpc/context.h"
#include "rpc/external_scaler_service.h"
#include "rpc/lag_service.h"
#include "rpc/listen_address.h"
#include "rpc/lone_poller.h"
#include "rpc/tls.h"

namespace weir::rpc {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

// gRPC switches reflection on for all servers of a process or for none.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins, [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

base::Result<std::shared_ptr<grpc::ServerCredentials>> credentials(const ServerOptions& options) {
  if (options.tls) {
    if (!options.allowed_clients.empty() && options.tls->client_ca.empty()) {
      return base::fail(ErrorCode::kInvalidArgument,
                        "allowed clients are known by their certificates: give the client CA too");
    }
    return make_tls_credentials(*options.tls);
  }
  if (!options.allowed_clients.empty()) {
    return base::fail(
        ErrorCode::kInvalidArgument,
        "allowed clients are known by their certificates: give certificate, key and client CA for TLS too");
  }
  return grpc::InsecureServerCredentials();
}

void set_arguments(grpc::ServerBuilder& builder) {
  // Two servers on one port would each see half of the calls: the second is to fail.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // Clients may ping as they like, and one that vanished without a word is found, so that its streams do not stay open.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
}

class GrpcServer final : public Server {
 public:
  GrpcServer(const ServerOptions& options, const base::Clock& clock, TriggerTable& triggers, monitor::Monitor& monitor,
             const telemetry::Logger& logger, telemetry::Registry& registry)
      : identity_(options.allowed_clients),
        instruments_(registry),
        errors_(clock, logger),
        streams_(options.max_stream_age),
        context_{clock, triggers, monitor, logger, identity_, instruments_, errors_, streams_, timers_},
        external_scaler_(context_, options.stream_metric_spec),
        lag_(context_) {}

  ~GrpcServer() override { shutdown(std::chrono::seconds(1)); }

  base::Result<void> listen(const ServerOptions& options) {
    auto secured = credentials(options);
    if (!secured) return std::unexpected(secured.error());
    if (auto free = check_listen_address(options.listen); !free) return free;
    // Debian's abseil looks for deadlocks whenever gRPC takes a lock, which is a tenth of a call.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    if (!options.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
    set_arguments(builder);
    builder.AddListeningPort(options.listen, *secured, &port_);
    builder.RegisterService(&external_scaler_);
    builder.RegisterService(&lag_);
    server_ = builder.BuildAndStart();
    if (!server_ || port_ == 0) {
      return base::fail(ErrorCode::kInvalidArgument, "--listen \"{}\": gRPC cannot listen on it", options.listen);
    }
    set_ready(false);
    lone_poller_ = std::make_unique<LonePoller>(*server_);
    tick_later();
    return {};
  }

  int port() const override { return port_; }

  void set_ready(bool ready) override {
    auto* const health = server_->GetHealthCheckService();
    for (const char* service : {"", "externalscaler.ExternalScaler"})
      health->SetServingStatus(service, ready);
  }

  void shutdown(milliseconds grace) override {
    if (!server_ || std::exchange(stopped_, true)) return;
    const auto deadline = std::chrono::system_clock::now() + grace;
    set_ready(false);
    // gRPC waits for open streams until the deadline and then breaks them: they have to end before.
    streams_.end_all();
    lone_poller_.reset();
    server_->Shutdown(deadline);
  }

 private:
  void tick_later() {
    timers_.schedule(std::chrono::steady_clock::now() + std::chrono::seconds(1), [this] {
      const auto generation = context_.triggers.generation();
      streams_.tick(std::exchange(generation_, generation) != generation);
      tick_later();
    });
  }

  const CallerIdentity identity_;
  Instruments instruments_;
  ErrorLog errors_;
  StreamSet streams_;
  Context context_;
  ExternalScalerService external_scaler_;
  LagService lag_;
  std::uint64_t generation_ = 0;  // of the timer thread
  int port_ = 0;
  bool stopped_ = false;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<LonePoller> lone_poller_;
  // Last: its thread is gone before anything that callbacks touch.
  base::TimerQueue timers_;
};

}  // namespace

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, const base::Clock& clock,
                                                    TriggerTable& triggers, monitor::Monitor& monitor,
                                                    const telemetry::Logger& logger, telemetry::Registry& registry) {
  auto server = std::make_unique<GrpcServer>(options, clock, triggers, monitor, logger, registry);
  if (auto listening = server->listen(options); !listening) return std::unexpected(listening.error());
  return server;
}

}  // namespace weir::rpc
