#pragma once

#include "rpc/context.h"
#include "weir/v1/lag.grpc.pb.h"

namespace weir::rpc {

// weir.v1.Lag, for tools and controllers.
class LagService final : public v1::Lag::CallbackService {
 public:
  explicit LagService(Context& context) : context_(context) {}

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* server, const v1::DescribeRequest* request,
                                     v1::Description* response) override;
  grpc::ServerWriteReactor<v1::Description>* Watch(grpc::CallbackServerContext* server,
                                                   const v1::DescribeRequest* request) override;
  grpc::ServerBidiReactor<v1::WatchManyRequest, v1::LagSummaries>* WatchMany(
      grpc::CallbackServerContext* server) override;

 private:
  Context& context_;
};

}  // namespace weir::rpc
