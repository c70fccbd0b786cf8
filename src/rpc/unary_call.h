#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "rpc/call.h"

namespace weir::rpc {

// Finds the trigger of a unary call and its snapshot, has `answer` write the response, and ends the call. The result is
// what a callback service returns.
inline grpc::ServerUnaryReactor* answer_unary(
    Call made, grpc::CallbackServerContext& server,
    std::function<base::Result<void>(const TriggerPtr&, const monitor::SnapshotPtr&)> answer) {
  auto* const reactor = server.DefaultReactor();
  const auto call = std::make_shared<const Call>(std::move(made));
  const auto trigger = call->find_trigger();
  if (!trigger) {
    call->finish(reactor, std::unexpected(trigger.error()));
    return reactor;
  }
  const auto done = [call, found = *trigger, reactor,
                     answer = std::move(answer)](const monitor::Monitor::Answer& snapshot) {
    call->finish(reactor, snapshot ? answer(found, *snapshot) : std::unexpected(snapshot.error()));
  };
  call->context().monitor.get((*trigger)->subscription, done);
  return reactor;
}

}  // namespace weir::rpc
