#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include "externalscaler.grpc.pb.h"
#include "fake_resolver.h"
#include "rpc/server.h"

namespace weir::rpc {

// Waits for a condition, up to ten seconds.
template <class Condition>
bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// A server on a port of its own, over a monitor that looks at fakes, and a client of it.
class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() {
    options_.listen = "127.0.0.1:0";
    monitoring_.refresh_interval = std::chrono::milliseconds(50);
    monitoring_.first_wait = std::chrono::milliseconds(500);
  }

  void start() {
    monitor_ = std::make_unique<monitor::Monitor>(monitoring_, clock(), telemetry::Logger(), registry_);
    table_.limits = [this](const std::string&) { return limits_; };
    triggers_ = std::make_unique<TriggerTable>(table_, clock(), resolver_, *monitor_);
    auto started = Server::start(options_, clock(), *triggers_, *monitor_, {}, registry_);
    ASSERT_TRUE(started) << started.error().message;
    server_ = *std::move(started);
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
    stub_ = externalscaler::ExternalScaler::NewStub(channel_);
  }

  virtual const base::Clock& clock() const { return clock_; }

  std::string address() const { return "127.0.0.1:" + std::to_string(server_->port()); }

  static externalscaler::ScaledObjectRef ref(const scaling::TriggerMetadata& metadata = orders_metadata()) {
    externalscaler::ScaledObjectRef made;
    made.set_name("orders");
    made.set_namespace_("shop");
    made.mutable_scalermetadata()->insert(metadata.begin(), metadata.end());
    return made;
  }

  grpc::Status get_metrics(externalscaler::GetMetricsResponse& response,
                           const externalscaler::ScaledObjectRef& object = ref(),
                           const std::string& metric = "kafka-orders") const {
    externalscaler::GetMetricsRequest request;
    *request.mutable_scaledobjectref() = object;
    request.set_metricname(metric);
    grpc::ClientContext context;
    return stub_->GetMetrics(&context, request, &response);
  }

  grpc::Status is_active(externalscaler::IsActiveResponse& response,
                         const externalscaler::ScaledObjectRef& object = ref()) const {
    grpc::ClientContext context;
    return stub_->IsActive(&context, object, &response);
  }

  // Brings the committed offsets to the end of both partitions, so that there is no lag.
  void drain() {
    resolver_.source()->commit("billing", "orders", 0, 100);
    resolver_.source()->commit("billing", "orders", 1, 100);
  }

  ServerOptions options_;
  monitor::MonitorOptions monitoring_;
  NamespaceLimits limits_;
  TriggerTableOptions table_;
  base::SystemClock clock_;
  telemetry::Registry registry_;
  FakeResolver resolver_;
  std::unique_ptr<monitor::Monitor> monitor_;
  std::unique_ptr<TriggerTable> triggers_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<externalscaler::ExternalScaler::Stub> stub_;
};

}  // namespace weir::rpc
