#pragma once

#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "rpc/context.h"

namespace weir::rpc {

// What KEDA is told of a trigger by a snapshot; a change of activity is logged.
base::Result<scaling::Decision> decide(const Context& context, const TriggerPtr& trigger,
                                       const monitor::Monitor::Answer& answer);

// One call about a trigger, from its arrival to its answer: who asks, which trigger, how long, how it ended.
class Call {
 public:
  // `Metadata` is any range of pairs of strings: protobuf's maps.
  template <class Metadata>
  Call(Context& context, Rpc rpc, const grpc::ServerContextBase& server, const std::string& ns, const std::string& name,
       const Metadata& metadata)
      : context_(context),
        rpc_(rpc),
        arrived_(context.clock.now()),
        caller_(context.identity.identify(server, ns)),
        name_(name),
        metadata_(metadata.begin(), metadata.end()) {}

  Context& context() const { return context_; }
  Rpc rpc() const { return rpc_; }

  base::Result<TriggerPtr> find_trigger() const { return context_.triggers.find(caller_, name_, metadata_); }

  // Logs how the call went, as far as it is news.
  void log(const base::Result<void>& result) const;

  // Counts and ends a unary call.
  void finish(grpc::ServerUnaryReactor* reactor, const base::Result<void>& result) const;

 private:
  Context& context_;
  Rpc rpc_;
  base::SteadyTime arrived_;
  Caller caller_;
  std::string name_;
  scaling::TriggerMetadata metadata_;
};

}  // namespace weir::rpc
