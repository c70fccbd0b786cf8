#include "rpc/scaler_client.h"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "externalscaler.grpc.pb.h"
#include "rpc/status.h"

namespace weir::rpc {
namespace {

constexpr std::chrono::seconds kReopenAfter{1};

externalscaler::ScaledObjectRef to_message(const ScaledObjectRef& object) {
  externalscaler::ScaledObjectRef message;
  message.set_namespace_(object.ns);
  message.set_name(object.name);
  message.mutable_scalermetadata()->insert(object.metadata.begin(), object.metadata.end());
  return message;
}

// One StreamIsActive, reopened until it is stopped.
class ActivityReader {
 public:
  ActivityReader(const std::shared_ptr<grpc::Channel>& channel, ScaledObjectRef object,
                 std::function<void(bool)> listener)
      : stub_(externalscaler::ExternalScaler::NewStub(channel)),
        object_(std::move(object)),
        listener_(std::move(listener)),
        thread_([this](std::stop_token stop) { run(stop); }) {}

 private:
  void run(std::stop_token stop) {
    std::mutex mutex;
    std::condition_variable_any stopped;
    while (!stop.stop_requested()) {
      read(stop);
      std::unique_lock lock(mutex);
      stopped.wait_for(lock, stop, kReopenAfter, [] { return false; });
    }
  }

  void read(std::stop_token stop) {
    grpc::ClientContext context;
    const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
    const auto reader = stub_->StreamIsActive(&context, to_message(object_));
    externalscaler::IsActiveResponse message;
    while (reader->Read(&message))
      listener_(message.result());
    // How it ended does not matter: it is opened again either way.
    std::ignore = reader->Finish();
  }

  std::unique_ptr<externalscaler::ExternalScaler::Stub> stub_;
  const ScaledObjectRef object_;
  const std::function<void(bool)> listener_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace

struct ScalerClient::Impl {
  // Makes one call with the deadline, and turns its status into a Result.
  template <class Response, class Request, class Method>
  base::Result<Response> call(Method method, const Request& request) const {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    Response response;
    const grpc::Status status = (stub.get()->*method)(&context, request, &response);
    if (!status.ok()) return std::unexpected(to_error(status, address));
    return response;
  }

  std::string address;
  std::chrono::milliseconds timeout;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<externalscaler::ExternalScaler::Stub> stub;
};

ScalerClient::ScalerClient(const std::string& address, std::chrono::milliseconds timeout)
    : impl_(std::make_unique<Impl>()) {
  impl_->address = address;
  impl_->timeout = timeout;
  impl_->channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  impl_->stub = externalscaler::ExternalScaler::NewStub(impl_->channel);
}

ScalerClient::~ScalerClient() = default;

base::Result<MetricSpec> ScalerClient::get_metric_spec(const ScaledObjectRef& object) const {
  using Stub = externalscaler::ExternalScaler::Stub;
  const auto answer = impl_->call<externalscaler::GetMetricSpecResponse>(&Stub::GetMetricSpec, to_message(object));
  if (!answer) return std::unexpected(answer.error());
  if (answer->metricspecs_size() != 1)
    return base::fail(base::ErrorCode::kInternal, "{} answered {} metric specs, not 1", impl_->address,
                      answer->metricspecs_size());
  return MetricSpec{answer->metricspecs(0).metricname(), answer->metricspecs(0).targetsizefloat()};
}

base::Result<double> ScalerClient::get_metric(const ScaledObjectRef& object, const std::string& metric_name) const {
  using Stub = externalscaler::ExternalScaler::Stub;
  externalscaler::GetMetricsRequest request;
  *request.mutable_scaledobjectref() = to_message(object);
  request.set_metricname(metric_name);
  const auto answer = impl_->call<externalscaler::GetMetricsResponse>(&Stub::GetMetrics, request);
  if (!answer) return std::unexpected(answer.error());
  if (answer->metricvalues_size() != 1)
    return base::fail(base::ErrorCode::kInternal, "{} answered {} metric values, not 1", impl_->address,
                      answer->metricvalues_size());
  return answer->metricvalues(0).metricvaluefloat();
}

base::Result<bool> ScalerClient::is_active(const ScaledObjectRef& object) const {
  using Stub = externalscaler::ExternalScaler::Stub;
  const auto answer = impl_->call<externalscaler::IsActiveResponse>(&Stub::IsActive, to_message(object));
  if (!answer) return std::unexpected(answer.error());
  return answer->result();
}

std::shared_ptr<void> ScalerClient::stream_is_active(const ScaledObjectRef& object,
                                                     std::function<void(bool)> listener) const {
  return std::make_shared<ActivityReader>(impl_->channel, object, std::move(listener));
}

}  // namespace weir::rpc
