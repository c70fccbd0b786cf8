#include "rpc/lag_client.h"

#include <chrono>
#include <mutex>

#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include "rpc/lag_messages.h"
#include "rpc/pem_file.h"
#include "rpc/status.h"
#include "weir/v1/lag.grpc.pb.h"

namespace weir::rpc {
namespace {

// More than the 2 s in which a scaler answers, so that its own words come through.
constexpr std::chrono::seconds kDescribeWithin{5};

v1::DescribeRequest to_request(const lag::TriggerReference& trigger) {
  v1::DescribeRequest request;
  request.set_namespace_(trigger.ns);
  request.set_name(trigger.name);
  request.mutable_metadata()->insert(trigger.metadata.begin(), trigger.metadata.end());
  return request;
}

class GrpcLagClient final : public lag::LagClient {
 public:
  GrpcLagClient(std::string address, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : address_(std::move(address)), stub_(v1::Lag::NewStub(grpc::CreateChannel(address_, credentials))) {}

  base::Result<lag::LagDescription> describe(const lag::TriggerReference& trigger) override {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDescribeWithin);
    v1::Description response;
    const auto status = stub_->Describe(&context, to_request(trigger), &response);
    if (!status.ok()) return std::unexpected(to_error(status, address_));
    return to_description(response);
  }

  base::Result<void> watch(const lag::TriggerReference& trigger,
                           const std::function<bool(const lag::LagDescription&)>& each) override {
    grpc::ClientContext context;
    const auto reader = stub_->Watch(&context, to_request(trigger));
    v1::Description response;
    while (reader->Read(&response)) {
      if (each(to_description(response))) continue;
      context.TryCancel();
      reader->Finish();
      return {};
    }
    const auto status = reader->Finish();
    if (!status.ok()) return std::unexpected(to_error(status, address_));
    return {};
  }

 private:
  const std::string address_;
  const std::unique_ptr<v1::Lag::Stub> stub_;
};

class GrpcLagNewsStream final : public lag::LagNewsStream {
 public:
  GrpcLagNewsStream(v1::Lag::Stub& stub, const std::string& address)
      : address_(address), stream_(stub.WatchMany(&context_)) {}
  ~GrpcLagNewsStream() override {
    context_.TryCancel();
    stream_->Finish();
  }

  bool want(std::uint64_t id, const lag::TriggerReference& trigger) override {
    v1::WatchManyRequest request;
    request.set_id(id);
    *request.mutable_trigger() = to_request(trigger);
    return write(request);
  }

  bool forget(std::uint64_t id) override {
    v1::WatchManyRequest request;
    request.set_id(id);
    return write(request);
  }

  std::optional<std::vector<lag::LagNews>> next() override {
    v1::LagSummaries message;
    if (!stream_->Read(&message)) return std::nullopt;
    std::vector<lag::LagNews> news;
    for (const auto& summary : message.summaries())
      news.push_back({.id = summary.id(), .summary = to_summary(summary)});
    return news;
  }

  void cancel() override { context_.TryCancel(); }

 private:
  bool write(const v1::WatchManyRequest& request) {
    const std::scoped_lock lock(mutex_);
    return stream_->Write(request);
  }

  base::Result<lag::LagSummary> to_summary(const v1::LagSummary& summary) const {
    if (summary.error_code() != 0)
      return std::unexpected(
          to_error({static_cast<grpc::StatusCode>(summary.error_code()), summary.error()}, address_));
    return lag::LagSummary{.partitions = summary.partitions(),
                           .total_lag = summary.total_lag(),
                           .desired_replicas = summary.desired_replicas(),
                           .active = summary.active()};
  }

  const std::string address_;
  grpc::ClientContext context_;
  const std::unique_ptr<grpc::ClientReaderWriter<v1::WatchManyRequest, v1::LagSummaries>> stream_;
  std::mutex mutex_;  // gRPC takes one write at a time
};

class GrpcLagNewsClient final : public lag::LagNewsClient {
 public:
  GrpcLagNewsClient(std::string address, const std::shared_ptr<grpc::ChannelCredentials>& credentials)
      : address_(std::move(address)),
        stub_(v1::Lag::NewStub(grpc::CreateCustomChannel(address_, credentials, arguments()))) {}

  std::unique_ptr<lag::LagNewsStream> open() override { return std::make_unique<GrpcLagNewsStream>(*stub_, address_); }

 private:
  // A scaler that is back is found soon, and one that vanished without a word is noticed.
  static grpc::ChannelArguments arguments() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 3000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
    return arguments;
  }

  const std::string address_;
  const std::unique_ptr<v1::Lag::Stub> stub_;
};

base::Result<std::shared_ptr<grpc::ChannelCredentials>> credentials_of(const std::optional<ClientTlsFiles>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!tls->ca.empty()) {
    auto ca = read_certificate("CA certificate", tls->ca);
    if (!ca) return std::unexpected(ca.error());
    options.pem_root_certs = *std::move(ca);
  }
  if (!tls->certificate.empty() || !tls->key.empty()) {
    auto certificate = read_certificate("client certificate", tls->certificate);
    if (!certificate) return std::unexpected(certificate.error());
    auto key = read_private_key(tls->key);
    if (!key) return std::unexpected(key.error());
    options.pem_cert_chain = *std::move(certificate);
    options.pem_private_key = *std::move(key);
  }
  return grpc::SslCredentials(options);
}

}  // namespace

base::Result<std::unique_ptr<lag::LagClient>> make_lag_client(const std::string& address,
                                                              const std::optional<ClientTlsFiles>& tls) {
  const auto credentials = credentials_of(tls);
  if (!credentials) return std::unexpected(credentials.error());
  return std::make_unique<GrpcLagClient>(address, *credentials);
}

base::Result<std::unique_ptr<lag::LagNewsClient>> make_lag_news_client(const std::string& address,
                                                                       const std::optional<ClientTlsFiles>& tls) {
  const auto credentials = credentials_of(tls);
  if (!credentials) return std::unexpected(credentials.error());
  return std::make_unique<GrpcLagNewsClient>(address, *credentials);
}

}  // namespace weir::rpc
