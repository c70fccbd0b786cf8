#pragma once

#include "externalscaler.grpc.pb.h"
#include "rpc/context.h"

namespace weir::rpc {

// KEDA's API. Answers from snapshots.
class ExternalScalerService final : public externalscaler::ExternalScaler::CallbackService {
 public:
  ExternalScalerService(Context& context, bool stream_metric_spec)
      : context_(context), stream_metric_spec_(stream_metric_spec) {}

  grpc::ServerUnaryReactor* IsActive(grpc::CallbackServerContext* server,
                                     const externalscaler::ScaledObjectRef* request,
                                     externalscaler::IsActiveResponse* response) override;
  grpc::ServerUnaryReactor* GetMetricSpec(grpc::CallbackServerContext* server,
                                          const externalscaler::ScaledObjectRef* request,
                                          externalscaler::GetMetricSpecResponse* response) override;
  grpc::ServerUnaryReactor* GetMetrics(grpc::CallbackServerContext* server,
                                       const externalscaler::GetMetricsRequest* request,
                                       externalscaler::GetMetricsResponse* response) override;
  grpc::ServerWriteReactor<externalscaler::IsActiveResponse>* StreamIsActive(
      grpc::CallbackServerContext* server, const externalscaler::ScaledObjectRef* request) override;
  grpc::ServerWriteReactor<externalscaler::GetMetricSpecResponse>* StreamMetricSpec(
      grpc::CallbackServerContext* server, const externalscaler::ScaledObjectRef* request) override;

 private:
  Context& context_;
  const bool stream_metric_spec_;
};

}  // namespace weir::rpc
