// Calls GetMetrics of a scaler over one connection, as KEDA does, with so many calls in flight, and prints as JSON how
// long they took. TRIGGERS.json is an array of {namespace, name, metricName, metadata, value}: an answer other than
// `value` counts as an error, since a load that is answered wrongly measures nothing.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>

#include "externalscaler.grpc.pb.h"

namespace {

using Clock = std::chrono::steady_clock;
using Stub = externalscaler::ExternalScaler::Stub;

struct Trigger {
  externalscaler::GetMetricsRequest request;
  double value = 0;
};

std::vector<Trigger> read_triggers(const std::string& path) {
  std::ifstream file(path);
  std::vector<Trigger> triggers;
  for (const auto& row : nlohmann::json::parse(file)) {
    Trigger& trigger = triggers.emplace_back();
    trigger.value = row.at("value").get<double>();
    trigger.request.set_metricname(row.at("metricName").get<std::string>());
    auto& object = *trigger.request.mutable_scaledobjectref();
    object.set_namespace_(row.at("namespace").get<std::string>());
    object.set_name(row.at("name").get<std::string>());
    for (const auto& [key, value] : row.at("metadata").items())
      (*object.mutable_scalermetadata())[key] = value.get<std::string>();
  }
  return triggers;
}

// One call after the other, each begun where the one before was answered.
class Caller {
 public:
  Caller(Stub& stub, grpc::CompletionQueue& queue, const std::vector<Trigger>& triggers, std::size_t first,
         std::size_t stride)
      : stub_(stub), queue_(queue), triggers_(triggers), next_(first), stride_(stride) {}

  void start() {
    trigger_ = &triggers_[next_ % triggers_.size()];
    next_ += stride_;
    context_.emplace();
    response_.Clear();
    started_ = Clock::now();
    call_ = stub_.AsyncGetMetrics(&*context_, trigger_->request, &queue_);
    call_->Finish(&response_, &status_, this);
  }

  void answered(Clock::time_point now) {
    milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - started_).count());
    if (!status_.ok()) return fail(status_.error_message());
    if (response_.metricvalues_size() != 1 || response_.metricvalues(0).metricvaluefloat() != trigger_->value)
      fail(fmt::format("{}: the value is not {}", trigger_->request.scaledobjectref().name(), trigger_->value));
  }

  const std::vector<double>& milliseconds() const { return milliseconds_; }
  std::size_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  void fail(const std::string& error) {
    if (errors_++ == 0) first_error_ = error;
  }

  Stub& stub_;
  grpc::CompletionQueue& queue_;
  const std::vector<Trigger>& triggers_;
  std::size_t next_;
  const std::size_t stride_;
  const Trigger* trigger_ = nullptr;
  std::optional<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<externalscaler::GetMetricsResponse>> call_;
  externalscaler::GetMetricsResponse response_;
  grpc::Status status_;
  Clock::time_point started_;
  std::vector<double> milliseconds_;
  std::size_t errors_ = 0;
  std::string first_error_;
};

nlohmann::json report(const std::vector<std::unique_ptr<Caller>>& callers, std::chrono::duration<double> took) {
  std::vector<double> all;
  std::size_t errors = 0;
  std::string first_error;
  for (const auto& caller : callers) {
    all.insert(all.end(), caller->milliseconds().begin(), caller->milliseconds().end());
    errors += caller->errors();
    if (first_error.empty()) first_error = caller->first_error();
  }
  std::ranges::sort(all);
  const auto percentile = [&](std::size_t percent) { return all[(all.size() - 1) * percent / 100]; };
  return {{"calls", all.size()},      {"calls_per_second", static_cast<double>(all.size()) / took.count()},
          {"errors", errors},         {"first_error", first_error},
          {"p50_ms", percentile(50)}, {"p99_ms", percentile(99)},
          {"max_ms", all.back()}};
}

nlohmann::json measure(const std::string& address, const std::vector<Trigger>& triggers, std::size_t in_flight,
                       std::chrono::seconds duration) {
  const auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  const auto stub = externalscaler::ExternalScaler::NewStub(channel);
  // One thread, so that the client takes as little as it can of the cores that it may share with who is measured.
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Caller>> callers;
  callers.reserve(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i)
    callers.push_back(std::make_unique<Caller>(*stub, queue, triggers, i, in_flight));
  const auto begin = Clock::now();
  for (const auto& caller : callers)
    caller->start();
  void* tag = nullptr;
  bool ok = false;
  for (std::size_t running = in_flight; running > 0 && queue.Next(&tag, &ok);) {
    const auto now = Clock::now();
    auto& caller = *static_cast<Caller*>(tag);
    caller.answered(now);
    if (now < begin + duration) {
      caller.start();
    } else {
      --running;
    }
  }
  return report(callers, Clock::now() - begin);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "usage: weir_grpc_load HOST:PORT TRIGGERS.json IN_FLIGHT SECONDS\n");
    return 2;
  }
  const int in_flight = std::atoi(argv[3]);
  const int seconds = std::atoi(argv[4]);
  try {
    const auto triggers = read_triggers(argv[2]);
    if (triggers.empty() || in_flight < 1 || seconds < 1) {
      fmt::print(stderr, "weir_grpc_load: {} triggers, {} calls in flight, {} s: each must be at least 1\n",
                 triggers.size(), in_flight, seconds);
      return 2;
    }
    fmt::print("{}\n",
               measure(argv[1], triggers, static_cast<std::size_t>(in_flight), std::chrono::seconds(seconds)).dump());
  } catch (const nlohmann::json::exception& e) {
    fmt::print(stderr, "weir_grpc_load: {}: {}\n", argv[2], e.what());
    return 2;
  }
  return 0;
}
