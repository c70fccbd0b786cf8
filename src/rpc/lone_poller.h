#pragma once

#include <memory>

#include <grpcpp/server.h>

namespace weir::rpc {

// Keeps all but one of the threads asleep by which gRPC polls and calls back, as long as it lives. There are two of
// them, more on machines with more cores, and they fight for the one connection by which all of KEDA's calls come: one
// alone answers nearly twice as many calls, and the slowest of them in half the time (docs/performance.md). So no
// callback may block.
//
// Destroyed before its server shuts down.
class LonePoller {
 public:
  // Takes some 50 ms, in which no server of this process answers.
  explicit LonePoller(grpc::Server& server);
  ~LonePoller();
  LonePoller(const LonePoller&) = delete;
  LonePoller& operator=(const LonePoller&) = delete;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace weir::rpc
