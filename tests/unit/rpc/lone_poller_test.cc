#include "rpc/lone_poller.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/core.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "externalscaler.grpc.pb.h"

namespace weir::rpc {
namespace {

using namespace std::chrono_literals;

class SleepyService final : public externalscaler::ExternalScaler::CallbackService {
  // Holds up the thread for a moment, so that another would take the next call if there were one.
  grpc::ServerUnaryReactor* IsActive(grpc::CallbackServerContext* server, const externalscaler::ScaledObjectRef*,
                                     externalscaler::IsActiveResponse*) override {
    {
      const std::scoped_lock lock(mutex_);
      ++by_thread[std::this_thread::get_id()];
    }
    std::this_thread::sleep_for(5ms);
    auto* const reactor = server->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  std::mutex mutex_;

 public:
  std::map<std::thread::id, int> by_thread;
};

std::unique_ptr<grpc::Server> start(SleepyService& service, int& port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  return builder.BuildAndStart();
}

// From threads of its own, so that none of gRPC's waits for an answer.
void call_often(int port) {
  const auto channel = grpc::CreateChannel(fmt::format("127.0.0.1:{}", port), grpc::InsecureChannelCredentials());
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&channel] {
      const auto stub = externalscaler::ExternalScaler::NewStub(channel);
      for (int call = 0; call < 5; ++call) {
        grpc::ClientContext context;
        context.set_deadline(std::chrono::system_clock::now() + 20s);
        externalscaler::IsActiveResponse response;
        EXPECT_TRUE(stub->IsActive(&context, {}, &response).ok());
      }
    });
  }
  for (std::thread& caller : callers)
    caller.join();
}

TEST(LonePoller, LeavesOneThreadToAnswer) {
  SleepyService service;
  int port = 0;
  const auto server = start(service, port);
  {
    const LonePoller lone(*server);
    call_often(port);
    EXPECT_EQ(service.by_thread.size(), 1u);
  }
  server->Shutdown();
}

TEST(LonePoller, OfSeveralServersLeaveOneThreadToAll) {
  SleepyService first_service, second_service;
  int first_port = 0, second_port = 0;
  const auto first = start(first_service, first_port);
  const auto second = start(second_service, second_port);
  auto first_lone = std::make_unique<LonePoller>(*first);
  const LonePoller second_lone(*second);
  first_lone.reset();
  first->Shutdown();
  call_often(second_port);
  EXPECT_GE(second_service.by_thread.size(), 1u) << "it goes on without the other";
}

TEST(LonePoller, MayGoBeforeAnybodyCalls) {
  for (int round = 0; round < 5; ++round) {
    SleepyService service;
    int port = 0;
    const auto server = start(service, port);
    std::make_unique<LonePoller>(*server).reset();
    server->Shutdown();
  }
}

}  // namespace
}  // namespace weir::rpc
