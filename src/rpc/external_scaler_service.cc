#include "rpc/external_scaler_service.h"

#include <memory>
#include <utility>

#include "rpc/activity_stream.h"
#include "rpc/metric_messages.h"
#include "rpc/stream_reactor.h"
#include "rpc/unary_call.h"

namespace weir::rpc {
namespace {

using externalscaler::GetMetricSpecResponse;
using externalscaler::ScaledObjectRef;

Call call_of(Context& context, Rpc rpc, const grpc::CallbackServerContext& server, const ScaledObjectRef& ref) {
  return {context, rpc, server, ref.namespace_(), ref.name(), ref.scalermetadata()};
}

// Sends what GetMetricSpec says once: it follows from the metadata, which a stream cannot change.
class MetricSpecStream final : public StreamReactor<GetMetricSpecResponse> {
 public:
  explicit MetricSpecStream(Context& context) : StreamReactor(context, Rpc::kStreamMetricSpec) {}

 private:
  bool fill(GetMetricSpecResponse& response, base::SteadyTime) override {
    if (std::exchange(sent_, true)) return false;
    write_spec(trigger_->spec, response);
    return true;
  }

  bool sent_ = false;
};

}  // namespace

grpc::ServerUnaryReactor* ExternalScalerService::IsActive(grpc::CallbackServerContext* server,
                                                          const ScaledObjectRef* request,
                                                          externalscaler::IsActiveResponse* response) {
  const auto answer = [this, response](const TriggerPtr& trigger,
                                       const monitor::SnapshotPtr& snapshot) -> base::Result<void> {
    const auto decision = decide(context_, trigger, snapshot);
    if (!decision) return std::unexpected(decision.error());
    response->set_result(decision->active);
    return {};
  };
  return answer_unary(call_of(context_, Rpc::kIsActive, *server, *request), *server, answer);
}

grpc::ServerUnaryReactor* ExternalScalerService::GetMetricSpec(grpc::CallbackServerContext* server,
                                                               const ScaledObjectRef* request,
                                                               GetMetricSpecResponse* response) {
  const Call call = call_of(context_, Rpc::kGetMetricSpec, *server, *request);
  auto* const reactor = server->DefaultReactor();
  const auto trigger = call.find_trigger();
  if (!trigger) {
    call.finish(reactor, std::unexpected(trigger.error()));
    return reactor;
  }
  write_spec((*trigger)->spec, *response);
  call.finish(reactor, {});
  return reactor;
}

grpc::ServerUnaryReactor* ExternalScalerService::GetMetrics(grpc::CallbackServerContext* server,
                                                            const externalscaler::GetMetricsRequest* request,
                                                            externalscaler::GetMetricsResponse* response) {
  const auto answer = [this, request, response](const TriggerPtr& trigger,
                                                const monitor::SnapshotPtr& snapshot) -> base::Result<void> {
    const std::string& requested = request->metricname();
    if (auto known = check_metric_name(requested, trigger->spec); !known) return known;
    const auto decision = decide(context_, trigger, snapshot);
    if (!decision) return std::unexpected(decision.error());
    write_value(requested.empty() ? trigger->spec.metric_name : requested, *decision, *response);
    return {};
  };
  return answer_unary(call_of(context_, Rpc::kGetMetrics, *server, request->scaledobjectref()), *server, answer);
}

grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* ExternalScalerService::StreamIsActive(
    grpc::CallbackServerContext* server, const ScaledObjectRef* request) {
  return ActivityStream::open(std::make_shared<ActivityStream>(context_),
                              call_of(context_, Rpc::kStreamIsActive, *server, *request));
}

grpc::ServerWriteReactor<GetMetricSpecResponse>* ExternalScalerService::StreamMetricSpec(
    grpc::CallbackServerContext* server, const ScaledObjectRef* request) {
  // The base class answers UNIMPLEMENTED, at which KEDA stops asking.
  if (!stream_metric_spec_) return externalscaler::ExternalScaler::CallbackService::StreamMetricSpec(server, request);
  return MetricSpecStream::open(std::make_shared<MetricSpecStream>(context_),
                                call_of(context_, Rpc::kStreamMetricSpec, *server, *request));
}

}  // namespace weir::rpc
