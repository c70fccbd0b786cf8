#include "rpc/instruments.h"

#include <string>
#include <vector>

#include "rpc/status.h"

namespace weir::rpc {
namespace {

constexpr std::array<Rpc, kRpcCount> kRpcs{Rpc::kIsActive,       Rpc::kGetMetricSpec,    Rpc::kGetMetrics,
                                           Rpc::kStreamIsActive, Rpc::kStreamMetricSpec, Rpc::kDescribe,
                                           Rpc::kWatch,          Rpc::kWatchMany};

// What handlers answer (status.cc).
constexpr std::array kFailures{grpc::StatusCode::INVALID_ARGUMENT,   grpc::StatusCode::NOT_FOUND,
                               grpc::StatusCode::PERMISSION_DENIED,  grpc::StatusCode::UNAUTHENTICATED,
                               grpc::StatusCode::RESOURCE_EXHAUSTED, grpc::StatusCode::UNAVAILABLE};

// Answers from memory take well under a millisecond; the first call of a trigger may wait 1.5 s; nothing may take 2 s.
constexpr std::array kSeconds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 1.5, 2.0};

std::size_t index(Rpc rpc) {
  return static_cast<std::size_t>(rpc);
}

bool streams(Rpc rpc) {
  return rpc == Rpc::kStreamIsActive || rpc == Rpc::kStreamMetricSpec || rpc == Rpc::kWatch || rpc == Rpc::kWatchMany;
}

telemetry::Counter requests(telemetry::Registry& registry, Rpc rpc, grpc::StatusCode code) {
  return registry.counter("weir_rpc_requests_total", "Finished calls by RPC and gRPC status code.",
                          {{"rpc", std::string(to_string(rpc))}, {"code", std::string(code_name(code))}});
}

}  // namespace

std::string_view to_string(Rpc rpc) {
  switch (rpc) {
    case Rpc::kIsActive:
      return "IsActive";
    case Rpc::kGetMetricSpec:
      return "GetMetricSpec";
    case Rpc::kGetMetrics:
      return "GetMetrics";
    case Rpc::kStreamIsActive:
      return "StreamIsActive";
    case Rpc::kStreamMetricSpec:
      return "StreamMetricSpec";
    case Rpc::kDescribe:
      return "Describe";
    case Rpc::kWatchMany:
      return "WatchMany";
    case Rpc::kWatch:
      return "Watch";
  }
  return "unknown";
}

Instruments::Instruments(telemetry::Registry& registry) : registry_(registry) {
  for (const Rpc rpc : kRpcs) {
    const telemetry::Labels labels{{"rpc", std::string(to_string(rpc))}};
    ok_[index(rpc)] = requests(registry, rpc, grpc::StatusCode::OK);
    if (streams(rpc)) {
      streams_[index(rpc)] = registry.gauge("weir_rpc_streams", "Streams that are open now, by RPC.", labels);
    } else {
      durations_[index(rpc)] =
          registry.histogram("weir_rpc_duration_seconds", "From the arrival of a call to its answer, by RPC.",
                             {kSeconds.begin(), kSeconds.end()}, labels);
    }
    // The first failure of a kind is a growth, too, for who looks at growth.
    for (const auto code : kFailures)
      failed_.emplace(std::pair(rpc, code), requests(registry, rpc, code));
  }
}

void Instruments::unary_done(Rpc rpc, grpc::StatusCode code, std::chrono::nanoseconds duration) {
  durations_[index(rpc)].observe(std::chrono::duration<double>(duration).count());
  count(rpc, code);
}

void Instruments::stream_opened(Rpc rpc) {
  streams_[index(rpc)].add(1);
}

void Instruments::stream_done(Rpc rpc, grpc::StatusCode code) {
  streams_[index(rpc)].add(-1);
  count(rpc, code);
}

void Instruments::count(Rpc rpc, grpc::StatusCode code) {
  if (code == grpc::StatusCode::OK) return ok_[index(rpc)].add();
  const std::scoped_lock lock(mutex_);
  const auto [found, inserted] = failed_.try_emplace({rpc, code});
  if (inserted) found->second = requests(registry_, rpc, code);
  found->second.add();
}

}  // namespace weir::rpc
