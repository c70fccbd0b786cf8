// Calls GetMetrics of a scaler over one connection, as KEDA does, with so many calls in flight, and prints as JSON how
// long they took. TRIGGERS.json is an array of {namespace, name, metricName, metadata, value}: an answer other than
// `value` counts as an error, since a load that is answered wrongly measures nothing.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
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

// What all callers share. Outlives them.
struct Run {
  Stub& stub;
  const std::vector<Trigger>& triggers;
  Clock::time_point end;
  std::size_t stride;

  std::mutex mutex;
  std::condition_variable ended;
  std::size_t running;
};

// One call after the other, each begun where the one before was answered. Its results are read when it has ended.
class Caller {
 public:
  Caller(Run& run, std::size_t first) : run_(run), next_(first) {}

  void start() {
    const Trigger& trigger = run_.triggers[next_ % run_.triggers.size()];
    next_ += run_.stride;
    context_.emplace();
    response_.Clear();
    started_ = Clock::now();
    run_.stub.async()->GetMetrics(&*context_, &trigger.request, &response_,
                                  [this, &trigger](const grpc::Status& status) { answered(trigger, status); });
  }

  const std::vector<double>& milliseconds() const { return milliseconds_; }
  std::size_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }

 private:
  void answered(const Trigger& trigger, const grpc::Status& status) {
    const auto now = Clock::now();
    milliseconds_.push_back(std::chrono::duration<double, std::milli>(now - started_).count());
    if (!status.ok()) fail(status.error_message());
    if (status.ok() &&
        (response_.metricvalues_size() != 1 || response_.metricvalues(0).metricvaluefloat() != trigger.value))
      fail(fmt::format("{}: the value is not {}", trigger.request.scaledobjectref().name(), trigger.value));
    if (now < run_.end) return start();
    const std::scoped_lock lock(run_.mutex);
    if (--run_.running == 0) run_.ended.notify_all();
  }

  void fail(const std::string& error) {
    if (errors_++ == 0) first_error_ = error;
  }

  Run& run_;
  std::size_t next_;
  std::optional<grpc::ClientContext> context_;
  externalscaler::GetMetricsResponse response_;
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
  const auto begin = Clock::now();
  Run run{.stub = *stub,
          .triggers = triggers,
          .end = begin + duration,
          .stride = in_flight,
          .mutex = {},
          .ended = {},
          .running = in_flight};
  std::vector<std::unique_ptr<Caller>> callers;
  callers.reserve(in_flight);
  for (std::size_t i = 0; i < in_flight; ++i)
    callers.push_back(std::make_unique<Caller>(run, i));
  for (const auto& caller : callers)
    caller->start();
  std::unique_lock lock(run.mutex);
  run.ended.wait(lock, [&] { return run.running == 0; });
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
