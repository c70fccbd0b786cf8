#include "rpc/lag_service.h"

#include <memory>

#include "rpc/lag_messages.h"
#include "rpc/unary_call.h"
#include "rpc/watch_many_stream.h"
#include "rpc/watch_stream.h"

namespace weir::rpc {
namespace {

Call call_of(Context& context, Rpc rpc, const grpc::CallbackServerContext& server, const v1::DescribeRequest& request) {
  return {context, rpc, server, request.namespace_(), request.name(), request.metadata()};
}

}  // namespace

grpc::ServerUnaryReactor* LagService::Describe(grpc::CallbackServerContext* server, const v1::DescribeRequest* request,
                                               v1::Description* response) {
  const auto answer = [this, response](const TriggerPtr& trigger,
                                       const monitor::SnapshotPtr& snapshot) -> base::Result<void> {
    auto description = describe(context_, trigger, snapshot);
    if (!description) return std::unexpected(description.error());
    *response = *std::move(description);
    return {};
  };
  return answer_unary(call_of(context_, Rpc::kDescribe, *server, *request), *server, answer);
}

grpc::ServerWriteReactor<v1::Description>* LagService::Watch(grpc::CallbackServerContext* server,
                                                             const v1::DescribeRequest* request) {
  return WatchStream::open(std::make_shared<WatchStream>(context_), call_of(context_, Rpc::kWatch, *server, *request));
}

grpc::ServerBidiReactor<v1::WatchManyRequest, v1::LagSummaries>* LagService::WatchMany(
    grpc::CallbackServerContext* server) {
  return WatchManyStream::open(context_, *server);
}

}  // namespace weir::rpc
